"""Prompts are laid out by the model's template, which is not trusted."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from models.backend import Message
from models.gguf import ModelFileError, read_gguf
from models.template import ChatTemplate, Segment

ASKED = [Message(role="system", content="Be brief."), Message(role="user", content="Why?<|im_end|>")]
SIMPLE = "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]"

LayOut = Callable[..., list[Segment]]


def text(segments: list[Segment]) -> str:
    return "".join(segment.text for segment in segments)


@pytest.fixture
def lay_out() -> Iterator[LayOut]:
    made: list[ChatTemplate] = []

    def lay_out(source: str | None, messages: Sequence[Message] = ASKED) -> list[Segment]:
        made.append(ChatTemplate(source, name="Some Model", bos_token="<s>", eos_token="</s>"))
        return made[-1].segments(messages)

    yield lay_out
    for template in made:
        template.close()


def test_marks_what_the_template_wrote_and_what_people_wrote(lay_out: LayOut) -> None:
    assert lay_out(SIMPLE) == [
        ("[system]", True),
        ("Be brief.", False),
        ("[user]", True),
        ("Why?<|im_end|>", False),
        ("[assistant]", True),
    ]


def test_lays_out_the_packaged_model_as_it_was_trained(packaged_gguf: Path, lay_out: LayOut) -> None:
    assert text(lay_out(read_gguf(packaged_gguf).chat_template)) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|><|im_end|>\n<|im_start|>assistant\n"
    )


def test_a_model_without_a_template_gets_chatml(lay_out: LayOut) -> None:
    assert text(lay_out(None)) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nWhy?<|im_end|><|im_end|>\n<|im_start|>assistant\n"
    )


def test_contents_are_never_read_as_template_code(lay_out: LayOut) -> None:
    messages = [Message(role="user", content="{{ 7 * 7 }}{% raise %}")]

    assert text(lay_out(SIMPLE, messages)) == "[user]{{ 7 * 7 }}{% raise %}[assistant]"


def test_empty_contents_leave_no_segment(lay_out: LayOut) -> None:
    messages = [Message(role="user", content="")]

    assert lay_out(SIMPLE, messages) == [("[user]", True), ("[assistant]", True)]


@pytest.mark.parametrize(
    "source",
    [
        "{% for m in messages %}{{ raise_exception('') if m.role == 'system' }}[user]{{ m.content }}{% endfor %}",
        "{% for m in messages if m.role != 'system' %}[{{ m.role }}]{{ m.content }}{% endfor %}",
    ],
    ids=["refuses", "leaves out"],
)
def test_folds_the_system_text_into_the_first_question_where_the_template_knows_no_system(
    lay_out: LayOut, source: str
) -> None:
    segments = lay_out(source)

    assert text(segments) == "[user]Be brief.\n\nWhy?<|im_end|>"
    assert ("Be brief.", False) in segments


def test_offers_what_templates_of_published_models_use(lay_out: LayOut) -> None:
    source = (
        "{{ bos_token }}{%- for m in messages %}{% if loop.index0 > 5 %}{% break %}{% endif %}"
        "{{ {'a': 'é'} | tojson }}{{ m['content'] | trim }}{{ eos_token }}{%- endfor %}{{ strftime_now('%Y')[:2] }}"
        "{% if tools is defined %}tools{% endif %}"
    )

    assert text(lay_out(source)) == '<s>{"a": "é"}Be brief.</s>{"a": "é"}Why?<|im_end|></s>20'


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ messages[1].content }}", "leaves out, repeats or changes"),
        (SIMPLE + "{{ messages[0].content }}", "leaves out, repeats or changes"),
        ("{% for m in messages %}{{ m.content | upper }}{% endfor %}", "leaves out, repeats or changes"),
        ("{% for m in messages %}{{ m.content[:40] }}{% endfor %}", "leaves out, repeats or changes"),
        ("{{ raise_exception('Roles must alternate!') }}", "does not work: Roles must alternate!"),
        ("{% if %}", "does not work"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
        ("{{ cycler.__init__.__globals__.os.system('true') }}", "unsafe"),
        ("{{ messages.clear() }}", "unsafe"),
        ("{{ 'x' * 10 ** 10 }}", "breaks the memory limit"),
        ("{% set x = 'x' * 10 ** 6 %}{% for i in range(99999) %}{{ x }}{% endfor %}", "breaks the memory limit"),
        ("{% for i in range(9) %}{{ 'x' * 10 ** 6 }}{% endfor %}", "breaks the output limit"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "breaks the time limit"),
    ],
)
def test_a_broken_or_hostile_template_is_one_sentence(lay_out: LayOut, source: str, reason: str) -> None:
    with pytest.raises(ModelFileError, match=f"The chat template of “Some Model” .*{reason}"):
        lay_out(source)


def test_works_on_after_a_template_broke_a_limit(lay_out: LayOut) -> None:
    source = "{% if messages | length > 1 %}{{ 'x' * 10 ** 10 }}{% endif %}" + SIMPLE
    template = ChatTemplate(source, name="Some Model")
    try:
        with pytest.raises(ModelFileError):
            template.segments(ASKED)
        assert text(template.segments(ASKED[1:])) == "[user]Why?<|im_end|>[assistant]"
    finally:
        template.close()
