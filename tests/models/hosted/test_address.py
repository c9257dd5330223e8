import pytest

from models.hosted import checked_address, problems


@pytest.mark.parametrize(
    ("given", "address"),
    [
        (" https://api.example.com/v1/ ", "https://api.example.com/v1"),
        ("http://localhost:11434/v1", "http://localhost:11434/v1"),
        ("https://[2001:db8::1]:8000/v1", "https://[2001:db8::1]:8000/v1"),
        ("https://api.bücher.example/v1", "https://api.bücher.example/v1"),
    ],
)
def test_an_address_is_taken(given: str, address: str) -> None:
    assert checked_address(given) == address


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("api.example.com/v1", "must be the address of a server"),
        ("ftp://api.example.com", "must be the address of a server"),
        ("https:///v1", "must be the address of a server"),
        ("https://api example.com", "must be the address of a server"),
        ("https://api.example.com:port/v1", "must be the address of a server"),
        ("https://[::1/v1", "must be the address of a server"),
        ("https://a\nb.example", "must be the address of a server"),
        ("", "must be the address of a server"),
        ("https://sk-secret@api.example.com/v1", "hosted.api_key"),
        ("https://api.example.com/v1?key=sk-secret", "leave out what follows"),
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(given: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as caught:
        checked_address(given)
    assert "sk-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url",
    [
        "https://api.example.com/v1",
        "http://localhost:8000/v1",
        "http://127.0.0.1:8000/v1",
        "http://[::1]:8000/v1",
        "http://10.1.2.3/v1",
        "http://192.168.1.20:8000/v1",
    ],
)
def test_a_safe_address_has_no_problem(base_url: str) -> None:
    assert problems(base_url) == []


@pytest.mark.parametrize("base_url", ["http://93.184.215.14/v1", "http://nowhere.invalid/v1"])
def test_a_key_in_the_clear_is_a_problem(base_url: str) -> None:
    (problem,) = problems(base_url)
    assert "unencrypted" in problem
