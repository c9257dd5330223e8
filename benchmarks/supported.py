"""Sentences that passages support, and the same sentences made wrong, from public data: for `benchmarks.support`."""

import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

from assistant.events import Source
from assistant.quoting.numbers import values
from assistant.support.claims import claims_of
from assistant.support.wording import names
from ingest.catalogue import Passage

MTRAG = "rewrite/mtrag-human/evaluations/reference_subset_with_human_evaluations.json"
STATED = {"squad2_cs224n_dev": 150, "qed_dev": 60, "covidqa": 60}
"""Files in train/qa, and how many of their questions are made into sentences with their answers."""
MOST = 600
"""Sentences of a set."""

_AUXILIARY = r"(?:is|are|was|were|did|does|do|has|have|had|can|could|would|will)"
_ASKED = re.compile(
    r"(?:(?:in|on|at|by|for|to|from|of|with) )?(?:who|what|which|when|where|how|why)\b"
    rf"(?: (?:many|much|long|often|far|old))?(?: {_AUXILIARY}\b)?\s*",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")
_VERB = re.compile(r"\b(?:is|are|was|were|can|could|will|would|should|must|may|has|have|had|does|do|did)\b(?: not)?")


@dataclass(frozen=True, kw_only=True)
class Sentence:
    """A sentence with the passages that it is held to."""

    text: str
    passages: tuple[str, ...]
    data: str
    """The set it comes from."""
    document: str
    """What must not be divided between fitting and checking: an article or a conversation."""
    change: str | None = None
    """What was done to make it wrong; None when it is supported."""

    @property
    def sources(self) -> list[Source]:
        """The passages, numbered."""
        return [source(n, text) for n, text in enumerate(self.passages, start=1)]


@dataclass(frozen=True, kw_only=True)
class Scored:
    """An answer that people have scored."""

    answer: str
    passages: tuple[str, ...]
    conversation: str
    faithfulness: tuple[int, ...]
    """1 (no) to 4 (yes), of each person."""

    @property
    def sources(self) -> list[Source]:
        """The passages, numbered."""
        return [source(n, text) for n, text in enumerate(self.passages, start=1)]


def source(n: int, text: str) -> Source:
    """A text as a numbered passage."""
    passage = Passage(
        chunk_id=n,
        version_id=n,
        ordinal=0,
        document=f"{n}.txt",
        collection="benchmark",
        format="text",
        title=None,
        page_starts=(),
        headings=(),
        header=None,
        text=text,
        start=0,
        end=len(text),
    )
    return Source(n=n, passage=passage)


def scored_answers(data: Path) -> list[Scored]:
    """MTRAG's answers by people and by two models, those with passages."""
    read = json.loads((data / MTRAG).read_text(encoding="utf-8"))
    texts = {document["document_id"]: document["text"] for document in read["documents"]}
    tasks = {task["task_id"]: task for task in read["tasks"]}
    answers = []
    for found in read["evaluations"]:
        contexts = tasks[found["task_id"]]["contexts"]
        scores = found["annotations"]["faithfulness"].values()
        if contexts:
            answers.append(
                Scored(
                    answer=found["model_response"],
                    passages=tuple(texts[context["document_id"]] for context in contexts),
                    conversation=found["task_id"].partition("<")[0],
                    faithfulness=tuple(int(score["value"]) for score in scores),
                )
            )
    return answers


def supported(data: Path) -> list[Sentence]:
    """Sentences that people found faithful or wrote, by set, in an order of their own."""
    by_set: defaultdict[str, list[Sentence]] = defaultdict(list)
    for sentence in [*_faithful(data), *_long_answers(data), *_statements(data)]:
        by_set[sentence.data].append(sentence)
    chance = random.Random(0)
    for sentences in by_set.values():
        chance.shuffle(sentences)
    return [sentence for sentences in by_set.values() for sentence in sentences[:MOST]]


def _faithful(data: Path) -> Iterator[Sentence]:
    for scored in scored_answers(data):
        if median(scored.faithfulness) == 4 and min(scored.faithfulness) >= 3:
            yield from _sentences(scored.answer, scored.passages, "mtrag-human", scored.conversation)


def _long_answers(data: Path) -> Iterator[Sentence]:
    folder = data / "eval" / "clapnq"
    for row in _rows(folder / "rows.jsonl"):
        if row["answerable"]:
            names_of = [found["document"] for found in row["sources"]]
            passages = tuple((folder / "documents" / name).read_text(encoding="utf-8") for name in names_of)
            yield from _sentences(row["answers"][0], passages, "clapnq", names_of[0])


def _statements(data: Path) -> Iterator[Sentence]:
    """Questions with their short answers in place of the question word: clumsy, but their words are people's own."""
    for name, most in STATED.items():
        rows = [row for row in _rows(data / "train" / "qa" / f"{name}.jsonl") if row["answerable"]]
        random.Random(1).shuffle(rows)
        for row in rows[:most]:
            statement = f"{_statement(row['question'], row['answers'][0])}."
            if len(statement) < 300:
                yield from _sentences(statement, (row["passage"],), name, row["document"])


def _statement(question: str, answer: str) -> str:
    asked = _ASKED.match(question.strip())
    rest = question.strip().rstrip("? ")[asked.end() if asked else 0 :]
    if asked and not re.search(rf"\b{_AUXILIARY}\s*$", asked.group(), re.IGNORECASE):
        return f"{answer} {rest}"
    return f"{rest[:1].upper()}{rest[1:]} is {answer}"


def _sentences(answer: str, passages: tuple[str, ...], data: str, document: str) -> Iterator[Sentence]:
    for claim in claims_of(answer):
        if claim.is_checked:
            yield Sentence(text=claim.text, passages=passages, data=data, document=document)


def _rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


class Changes:
    """Makes supported sentences wrong, each in as many ways as it allows."""

    def __init__(self, sentences: Sequence[Sentence]) -> None:
        self._chance = random.Random(2)
        self._passages: dict[str, dict[str, str]] = defaultdict(dict)
        for sentence in sentences:
            self._passages[sentence.data] |= dict.fromkeys(sentence.passages, sentence.document)
        self._names = {
            data: sorted({name for text in texts for name in _names(text) if len(name) > 3})
            for data, texts in self._passages.items()
        }

    def of(self, sentence: Sentence) -> Iterator[Sentence]:
        """The wrong ones; "other" keeps the sentence and takes passages that share the most of its words."""
        own = set().union(*(_values(text) for text in sentence.passages))
        held = " ".join(sentence.passages).casefold()
        figures = sorted({match for text in sentence.passages for match in _FIGURE.findall(text)})
        changed = {
            "figure": self._figure(sentence.text, self._invented(sentence.text), lambda new: not values(new) & own),
            "figure of the passage": self._figure(sentence.text, figures, lambda new: True),
            "name": self._name(sentence.text, [n for n in self._names[sentence.data] if n.casefold() not in held]),
            "name of the passage": self._name(
                sentence.text, sorted({name for text in sentence.passages for name in _names(text) if len(name) > 3})
            ),
            "negated": _negated(sentence.text),
        }
        for change, text in changed.items():
            if text and text != sentence.text:
                yield replace(sentence, text=text, change=change)
        yield replace(sentence, passages=self._others(sentence), change="other passages")

    def _invented(self, text: str) -> list[str]:
        return [
            "".join(self._chance.choice("123456789") if char.isdigit() else char for char in figure)
            for figure in _FIGURE.findall(text)
            for _ in range(10)
        ]

    def _figure(self, text: str, candidates: Sequence[str], fits: Any) -> str | None:
        found = list(_FIGURE.finditer(text))
        if not found:
            return None
        old = self._chance.choice(found)
        present = {match.group() for match in found}
        fitting = [
            new for new in candidates if new not in present and abs(len(new) - len(old.group())) <= 1 and fits(new)
        ]
        return f"{text[: old.start()]}{self._chance.choice(fitting)}{text[old.end() :]}" if fitting else None

    def _name(self, text: str, candidates: Sequence[str]) -> str | None:
        own = names(text)
        fitting = [name for name in candidates if name.casefold() not in text.casefold()]
        if not own or not fitting:
            return None
        old, new = self._chance.choice(own), self._chance.choice(fitting)
        return re.sub(rf"\b{re.escape(old)}\b", lambda _: new, text, count=1)

    def _others(self, sentence: Sentence) -> tuple[str, ...]:
        words = _words(sentence.text)
        texts = [text for text, owner in self._passages[sentence.data].items() if owner != sentence.document]
        texts.sort(key=lambda text: -len(words & _words(text)))
        return tuple(texts[: len(sentence.passages)])


def _negated(text: str) -> str | None:
    verb = _VERB.search(text)
    if not verb:
        return None
    said = verb.group()
    turned = said.removesuffix(" not") if said.endswith(" not") else f"{said} not"
    return f"{text[: verb.start()]}{turned}{text[verb.end() :]}"


@cache
def _names(text: str) -> list[str]:
    return names(text)


@cache
def _values(text: str) -> frozenset[float]:
    return values(text)


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w{4,}", text.casefold()))
