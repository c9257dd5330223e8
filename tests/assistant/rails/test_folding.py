from hypothesis import given
from hypothesis import strategies as st

from assistant.rails.folding import fold, forms


def test_a_text_is_made_plain() -> None:
    assert fold("  Café\u200b “ÀB”\n\tｘ ") == 'cafe "ab" x'
    assert fold("раsswоrd") == "password"


def test_other_scripts_stay_as_they_are() -> None:
    assert fold("Привет, мир") == "привет, мир"
    assert fold("निर्देश") == "निर्देश"


@given(st.text(max_size=100))
def test_any_text_has_forms_and_plain_text_stays_plain(text: str) -> None:
    plain = next(forms(text))
    assert plain == fold(text)
    assert "\n" not in plain
    assert "  " not in plain
