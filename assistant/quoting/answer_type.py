"""What kind of answer a question asks for, and whether a text holds one of that kind."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.quoting.numbers import NUMBER_WORD, SCALE_WORD, values

_PAY = (
    r"(?<!in )\b(?:pay|pays|paid|costs?|charge[ds]?(?! (?:with|of)\b)|claim(?:ed)?|price[ds]?|fees?|salary|earn|spend"
    r"|spent|worth|allowance|funds?|funding|budget|owe|fine|refund(?:ed)?|rate|income|revenue)\b"
)
_ASKS_WITH = r"\b(?:which|what) (?!(?:do|does|did|is|are|was|were|can|will|would|should|has|have)\b)(?:\w+ )?"

_TIME_UNIT = r"(?:seconds?|minutes?|hours?|days?|nights?|weeks?|fortnights?|months?|years?|decades?|centur(?:y|ies))"
_LENGTH_UNIT = (
    r"(?:millimet(?:re|er)s?|centimet(?:re|er)s?|met(?:re|er)s?|kilomet(?:re|er)s?|mm|cm|m|km|inch(?:es)?|feet|foot|ft"
    r"|yards?|miles?|acres?)"
)
MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)"
)
WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
_CLOCK = r"\b\d{1,2}[.:]\d\d\b"
_HOUR = r"\b\d{1,2} ?[ap]\.?m\b"
_DAY_NUMBER = r"\b\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"\b(?:1\d|20)\d\ds?\b(?![,.]\d)"
_ISO_DATE = r"\b\d{4}-\d\d-\d\d\b"

_MONEY = re.compile(r"[£$€¥]\s?\d|\d\s?(?:p|pence|pounds?|dollars?|euros?|per cent)\b|\d ?%")
_DURATION = re.compile(
    rf"\b(?:\d[\d.,]*|{NUMBER_WORD}(?:-{NUMBER_WORD})?|{SCALE_WORD}|half an|several)(?:[ -]+\w+)?[ -]+{_TIME_UNIT}\b"
    rf"|\b(?:about|after|almost|every|for|nearly|than|under|within) an? {_TIME_UNIT}\b",
    re.IGNORECASE,
)
_LENGTH = re.compile(rf"\b\d[\d.,]*[ -]?{_LENGTH_UNIT}\b", re.IGNORECASE)
_MOMENT = re.compile(
    rf"\b{MONTH}\b|\b{WEEKDAY}\b|{_YEAR}|{_CLOCK}|{_HOUR}|{_ISO_DATE}"
    r"|\b(?:noon|midnight|centur(?:y|ies)|spring|summer|autumn|winter)\b"
)
_TIME = re.compile(rf"{_CLOCK}|{_HOUR}|\b(?:noon|midnight)\b")
_DAY = re.compile(
    rf"\b{WEEKDAY}\b|{_DAY_NUMBER}(?: of)? {MONTH}\b|\b{MONTH}\.? \d{{1,2}}\b|\b\d{{1,2}}(?:st|nd|rd|th)\b|{_ISO_DATE}"
)
_NAME = re.compile(r"\b[A-Z][\w’'-]*[a-z][\w’'-]*")
_PLACE = re.compile(
    r"\b(?:at|in|on|near|from|to|by|between|through|above|below|beside|inside|outside) (?:the |an? )?(?:[a-z]+ ){0,2}"
    r"(?:[A-Z]|\w+s? \d)"
)
_NOT_A_QUANTITY = re.compile(
    rf"{_DAY_NUMBER}(?: of)? {MONTH}\b(?: \d{{4}})?"
    rf"|\b{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}})?"
    rf"|{_YEAR}|{_CLOCK}|{_ISO_DATE}|\b0\d{{3,}}(?: \d+)*|\b[A-Z]+\d+\b|^\(?\d+[.)] "
)
"""Dates, times, telephone numbers, numbers of forms and of list items."""

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True, kw_only=True)
class AnswerType:
    """A kind of answer."""

    name: str
    asked: re.Pattern[str]
    """Found in a question, in lower case, that asks for it."""
    given: Callable[[str, str], bool]
    """Whether a text, the first argument, holds one that the question, the second, does not hold."""
    is_figure: bool = True
    """Whether it is told by its figures and units; names and places are told less surely."""


def _is_money(text: str, _: str) -> bool:
    return bool(_MONEY.search(text))


def _is_extent(text: str, _: str) -> bool:
    return bool(_DURATION.search(text) or _LENGTH.search(text))


def _is_number(text: str, question: str) -> bool:
    return bool(values(_NOT_A_QUANTITY.sub(" – ", text)) - values(question))


def _is_time(text: str, _: str) -> bool:
    return bool(_TIME.search(text) or _DURATION.search(text))


def _is_day(text: str, _: str) -> bool:
    return bool(_DAY.search(text))


def _is_moment(text: str, _: str) -> bool:
    return bool(_MOMENT.search(text) or _DURATION.search(text))


def _is_name(text: str, question: str) -> bool:
    """Two words with a capital, for the first may only begin the sentence."""
    return len(_names(text) - _names(question)) >= 2


def _is_place(text: str, _: str) -> bool:
    return bool(_PLACE.search(text))


ANSWER_TYPES = (
    AnswerType(
        name="extent",
        asked=re.compile(r"\bhow (?:long|quickly|soon|fast|often)\b|\bhow far (?:ahead|in advance|before)\b"),
        given=_is_extent,
    ),
    AnswerType(
        name="measure",
        asked=re.compile(r"\bhow (?:far|tall|high|deep|wide|big|large|heavy|old|many)\b"),
        given=_is_number,
    ),
    AnswerType(
        name="money",
        asked=re.compile(rf"\b(?:how much|what|most)\b.*{_PAY}|{_PAY}.*\bhow much\b|\b(?:how much|any) money\b"),
        given=_is_money,
    ),
    AnswerType(
        name="number",
        asked=re.compile(rf"\bhow much\b|{_ASKS_WITH}(?:number|percentage|proportion|share|age|fraction|population)\b"),
        given=_is_number,
    ),
    AnswerType(
        name="time",
        asked=re.compile(rf"{_ASKS_WITH}time\b(?! (?:period|frame|span|zone|of)\b)"),
        given=_is_time,
    ),
    AnswerType(
        name="day",
        asked=re.compile(rf"\b(?:first|last|latest|earliest) (?:day|date)\b|{_ASKS_WITH}(?:days?|date)\b"),
        given=_is_day,
    ),
    AnswerType(
        name="moment",
        asked=re.compile(
            r"^(?:(?:and|but|so|since|until|from|by) )*when\b|, when\b|\bat what point\b"
            rf"|{_ASKS_WITH}(?:time|month|year|decade|century)\b"
        ),
        given=_is_moment,
    ),
    AnswerType(
        name="name",
        asked=re.compile(
            rf"\b(?:who|whose|whom)\b|{_ASKS_WITH}(?:firm|company|person|people|man|woman|team|organi[sz]ation|group|king"
            r"|queen|president|author|leader)\b"
        ),
        given=_is_name,
        is_figure=False,
    ),
    AnswerType(
        name="place",
        asked=re.compile(
            rf"\bwhere\b|{_ASKS_WITH}(?:city|country|place|room|building|state|town|region|river|area|location)\b"
        ),
        given=_is_place,
        is_figure=False,
    ),
)
"""The first whose words are found in a question is what it asks for."""


def expected(question: str) -> AnswerType | None:
    """What a question asks for: of several sentences the last that tells. None when no wording tells."""
    sentences = [sentence for sentence in _SENTENCE_END.split(question.strip()) if sentence]
    asking = [sentence for sentence in sentences if sentence.endswith("?")] or sentences
    return next(filter(None, map(_asked_by, reversed(asking))), None)


def _asked_by(sentence: str) -> AnswerType | None:
    return next((kind for kind in ANSWER_TYPES if kind.asked.search(sentence.lower())), None)


def _names(text: str) -> frozenset[str]:
    return frozenset(name.casefold() for name in _NAME.findall(text))
