"""Personal data in a text, found by its form alone: with Presidio's recognisers and no language model.

What has a form or a check digit is found almost always. A name or an address is found only where the text says that
it is one (“Dear …”, “my name is …”, a street with its number): other names need a model that is not at hand.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine, EntityRecognizer

Kind = Literal["EMAIL", "PHONE", "IBAN", "CARD", "ID", "IP", "PERSON", "ADDRESS"]

WORDS: dict[Kind, str] = {
    "EMAIL": "e-mail address",
    "PHONE": "phone number",
    "IBAN": "bank account",
    "CARD": "payment card number",
    "ID": "identity number",
    "IP": "IP address",
    "PERSON": "name",
    "ADDRESS": "postal address",
}
"""What people call them."""

_CERTAIN = 0.4
"""Presidio's score from which something counts; what has a check digit that is right scores 1."""
_REGIONS = ("GB", "US", "DE", "FR", "ES", "IT", "NL", "IN")
"""Whose phone numbers are known in the form used at home; those that begin with + are known from everywhere."""

_PHONE_DIGITS = 6
"""Fewest of a phone number: shorter ones are years and room numbers more often."""


@dataclass(frozen=True)
class Found:
    """A half-open stretch of a text that is personal."""

    start: int
    end: int
    kind: Kind


def find(text: str) -> list[Found]:
    """Personal data in a text; stretches may overlap. The first call loads Presidio, which takes seconds."""
    if not any(letter.isalnum() for letter in text):
        return []
    results = analyser().analyze(text, language="en", score_threshold=_CERTAIN)
    found = [_bare(text, result.start, result.end, _kind(result.entity_type)) for result in results]
    return [each for each in found if each.kind != "PHONE" or _digits(text[each.start : each.end]) >= _PHONE_DIGITS]


def _bare(text: str, start: int, end: int, kind: Kind) -> Found:
    """Without the blanks around it, and the bracket that it stands in, so that the same value is the same text."""
    value = text[start:end]
    before = value if ")" in value else value.lstrip().removeprefix("(")
    return Found(start + len(value) - len(before.lstrip()), end - len(value) + len(value.rstrip()), kind)


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _kind(entity: str) -> Kind:
    kinds: dict[str, Kind] = {
        "EMAIL_ADDRESS": "EMAIL",
        "PHONE_NUMBER": "PHONE",
        "IBAN_CODE": "IBAN",
        "CREDIT_CARD": "CARD",
        "IP_ADDRESS": "IP",
        "PERSON": "PERSON",
        "ADDRESS": "ADDRESS",
    }
    return kinds.get(entity, "ID")


@cache
def analyser() -> "AnalyzerEngine":
    """Presidio with our recognisers and no language model: it loads and fetches nothing more."""
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
    registry = RecognizerRegistry(recognizers=list(_recognisers()), supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])


def _recognisers() -> Sequence["EntityRecognizer"]:
    from presidio_analyzer import Pattern, PatternRecognizer
    from presidio_analyzer import predefined_recognizers as known

    class Email(known.EmailRecognizer):
        def validate_result(self, pattern_text: str) -> bool:
            # Presidio would fetch the list of all top-level domains here.
            return True

    def own(entity: str, *patterns: str) -> PatternRecognizer:
        return PatternRecognizer(
            supported_entity=entity,
            patterns=[Pattern(f"{entity} {number}", pattern, 0.8) for number, pattern in enumerate(patterns)],
            global_regex_flags=0,
        )

    identities = (
        known.UsSsnRecognizer,
        known.UsItinRecognizer,
        known.NhsRecognizer,
        known.UkNinoRecognizer,
        known.EsNifRecognizer,
        known.EsNieRecognizer,
        known.ItFiscalCodeRecognizer,
        known.PlPeselRecognizer,
        known.FiPersonalIdentityCodeRecognizer,
        known.SgFinRecognizer,
        known.InAadhaarRecognizer,
        known.CaSinRecognizer,
        known.KrRrnRecognizer,
        known.DeTaxIdRecognizer,
        known.DeSocialSecurityRecognizer,
    )
    return [
        Email(),
        known.PhoneRecognizer(supported_regions=_REGIONS),
        known.IbanRecognizer(),
        known.CreditCardRecognizer(),
        known.IpRecognizer(),
        *(identity(supported_language="en") for identity in identities),
        own("PHONE_NUMBER", *_PHONES),
        own("CREDIT_CARD", *_CARDS),
        own("IBAN_CODE", *_IBANS),
        own("PERSON", *_NAMES),
        own("ADDRESS", *_ADDRESSES),
        own("NATIONAL_ID", *_IDENTITIES),
    ]


# What stands before a thing and says what it is. Presidio matches with `regex`, whose look-behind may be of any length.
_NAME = (
    r"[A-Z][\w'’-]+(?: [A-Z]\.?(?= ))?(?: (?:van|von|de|der|den|di|da|la|le|el|al|bin)(?= ))*(?: [A-Z][\w'’-]+){0,2}"
)
"""One to three words in capitals, with the small words that stand in names."""
_TITLES = r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Sir|Dame|Herr|Frau|Monsieur|Madame|Mme|Señora?|Signora?)"
_CALLED = r"(?i:my name is|name’s|name's|name ?:|i am called|signed by|(?:employee|patient|customer) ?:)"
_NAMES = (
    rf"\b{_TITLES}\.? {_NAME}",
    rf"(?<=\b{_CALLED}\s{{1,8}}){_NAME}",
    rf"(?<=(?:\b(?:Dear|Hi|Hello)|\b[Rr]egards,?\n|\b[Ww]ishes,?\n|\bSincerely,?\n)\s?){_NAME}(?=,|\n|$)",
)
_CALL = (
    r"(?:tele)?phone|tel|mobile|cell(?:phone)?|fax|call(?: me| us| him| her)?|ring|text|desk|office|reach \w+|answering"
)
_NUMBER = r"[+(]{0,2}\d(?:[ ().\-/]{0,3}\d){5,14}(?: ?(?:x|ext\.?|extension) ?\d{1,6})?(?!\d)"
_PHONES = (
    rf"(?<=\b(?i:{_CALL})(?: number| no)?\.?(?: is| on| at)? ?:?\s{{1,3}}){_NUMBER}",
    rf"{_NUMBER}(?= (?i:office|fax|mobile|cell|desk)\b)",
)
_CARDS = (r"(?<=\b(?i:card)(?: number| no)?\.?(?: is| ending)?:? )\d(?:[ -]?\d){11,18}(?!\d)",)
_IBANS = (r"(?<=\b(?i:iban)(?: is)?:? )[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b",)
_DOCUMENT = r"(?i:passport|licen[cs]e|identity card|id card)(?: number| no)?\.?(?: is)?:?"
_PAN = r"\b[A-Z]{3}[ABCFGHJLPT][A-Z]\d{4}[A-Z]\b"
"""India's tax number; the pattern that Presidio has for it takes time that grows with the square of the text."""
_IDENTITIES = (rf"(?<=\b{_DOCUMENT} )(?=[A-Z-]*\d)[A-Z0-9][A-Z0-9-]{{5,17}}\b", _PAN)
_STREETS = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Court|Ct|Square|Sq|Place|Pl|Way|Close|Crescent|Cres|Terrace"
    r"|Boulevard|Blvd|Highway|Hwy|Parkway|Pkwy|Gardens|Row|Hill|Quay|Wharf|Mews|Circle|Trail|Grove|Walk)"
)
_STREET_ENDINGS = r"(?:straße|strasse|str\.|weg|gasse|platz|allee|laan|straat|gata|gatan|vägen|vej|gade|katu|tie|utca)"
_STREET_BEGINNINGS = r"(?:Rue|Via|Avenida|Avda\.|Calle|Rua|Piazza|Viale|Plaza|ul\.|C/)"
_POSTCODE = r"(?:[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]{2} \d{5}(?:-\d{4})?|\d{4,5}(?:[ -]\d{3,4})?(?!\d))"
_ROOM = r"(?:Apt|Apartment|Suite|Flat)\.? \d+\w?"
_LETTERS = r"(?:[^\W\d_]|[()'’.-])+"
_PLACE = rf"[A-ZÀ-Ý(]{_LETTERS}(?: (?:[A-ZÀ-Ý]{_LETTERS}|[a-z]{{1,3}}(?= [A-Z]))){{0,3}}(?!\w)"
_REST = rf"(?:,? ?\n? ?{_ROOM})?(?:(?:, ?|,? ?\n{{1,2}} ?){_PLACE}){{0,3}}(?:,? ?\n? ?{_POSTCODE})?"
"""Room, place and postcode, where they follow."""
_ADDRESSES = (
    rf"\b\d{{1,5}}[A-Za-z]? (?:\d{{1,5}} )?(?:[A-Z][\w'’.-]+ ){{1,4}}{_STREETS}\b\.?{_REST}",
    rf"\b(?:\d{{1,5}} )?[A-ZÄÖÜÅ][\wäöüß-]*{_STREET_ENDINGS} \d{{1,5}}[a-z]?\b{_REST}",
    rf"\b(?:\d{{1,5}} )?{_STREET_BEGINNINGS} ?[A-ZÀ-Ý][\w'’. -]{{1,40}}?,? \d{{1,5}}\b{_REST}",
    rf"\b(?:\d{{1,5}} )?(?i:p\.? ?o\.? box|post ?box|postfach) \d{{1,6}}\b{_REST}",
    r"\b(?i:PSC \d+, Box|Unit \d+ Box) \d+(?:,? ?\n?(?i:[AFD]PO [A-Z]{2} \d{5}))?",
    rf"\b\d{{1,5}} [^\n,;:!?]{{3,40}}?,? ?\n? ?{_ROOM}{_REST}",
    rf"(?<=\b(?i:address(?:es)?)(?:[\w ]{{0,12}} is| to|:)? )\d{{1,5}} [^\n,;:!?]{{3,40}}{_REST}",
    rf"(?<=\b(?i:lives?|living|moved to|resides?)(?: on| at| in)? )\d{{1,5}} [A-Z][\w'’. -]{{2,40}}{_REST}",
)
