import base64

import pytest

from assistant.rails.credentials import Credentials

KEY = "rd-7Yk29QxLm41"


@pytest.mark.parametrize(
    "written",
    [
        KEY,
        " ".join(KEY),
        "-".join(KEY),
        "\u200b".join(KEY),
        KEY.upper(),
        KEY[::-1],
        KEY.encode().hex(),
        base64.b64encode(f"key={KEY}!".encode()).decode(),
    ],
)
def test_the_desks_own_key_is_found_in_disguise(written: str) -> None:
    finding = Credentials([KEY]).judge(f"It is {written}, I think.")
    assert finding.action == "block"
    assert KEY not in (finding.reason or "")


@pytest.mark.parametrize("secret", ["", "postgres", "not-needed", "lm-studio", "x1"])
def test_a_key_that_may_be_a_word_is_not_looked_for(secret: str) -> None:
    assert Credentials([secret]).judge(f"It says {secret} on page 1.").action == "pass"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("private key", "-----BEGIN OPENSSH PRIVATE KEY-----"),
        ("AWS access key", "AKIA" + "Q7" * 8),
        ("OpenAI key", "sk-proj-" + "aB3" * 8),
        ("Anthropic key", "sk-ant-api03-" + "aB3" * 8),
        ("GitHub token", "ghp_" + "aB3" * 12),
        ("GitLab token", "glpat-" + "aB3x" * 5),
        ("Slack token", "xoxb-" + "123456789012-aB3d"),
        ("Slack webhook", "https://hooks.slack.com/services/T0AAAAAAA/B0BBBBBBB/" + "aB3x" * 6),
        ("Google API key", "AIza" + "aB3x5" * 7),
        ("Stripe key", "sk_live_" + "aB3x" * 5),
        ("Hugging Face token", "hf_" + "aB3" * 11),
        ("npm token", "npm_" + "aB3" * 12),
        ("PyPI token", "pypi-AgE" + "aB3x" * 12),
        ("Langfuse secret key", "sk-lf-12345678-1234-1234-1234-123456789012"),
        ("JSON web token", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP"),
    ],
)
def test_well_known_forms_are_found_and_nothing_of_them_is_shown_before(name: str, text: str) -> None:
    credentials = Credentials()
    finding = credentials.judge(f"Use {text} here.")
    assert finding.action == "block"
    assert "key" in (finding.reason or "")
    for end in range(1, len(text)):
        begun = credentials.judge(f"Use {text[:end]}")
        # The address of a webhook may be shown, its tokens may not.
        assert begun.action == "block" or begun.held >= end - len("https://")


@pytest.mark.parametrize(
    "text",
    [
        "The example in the manual is AKIAIOSFODNN7EXAMPLE.",
        "A class called sk-fading-circle-container and task-management-in-2026-and-later.",
        "-----BEGIN CERTIFICATE-----",
        "The wireless password is in the induction pack; ask the office.",
        "A token such as ghp_… or an id like 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    ],
)
def test_other_text_is_not_taken_for_a_key(text: str) -> None:
    assert Credentials([KEY]).judge(text).action == "pass"
