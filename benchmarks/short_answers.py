"""Examples of short, cited answers from passages, and of abstaining, made of public questions.

They are laid out as the desk asks a model: the prompt `direct`, numbered excerpts with the heading before them. The
questions of a group are asked of the same excerpts, of which the others are distractors, mostly of the same document;
that is also what lets training compute the excerpts once.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from assistant.prompts.shipped import load_prompt
from benchmarks.data import Row, read_rows
from benchmarks.questions import says
from ingest.sentences import split_sentences
from models.backend import Message
from models.tuning import Example

SETS = {"squad2_cs224n_dev": 3, "qed_dev": 1, "covidqa": 1}
"""Files in train/qa, and how often each passage is taken, with other neighbours. All may be used for weights that are
shipped (CC BY-SA 4.0, CC BY-SA 3.0, Apache-2.0); PolicyQA may not."""
HELD_OUT = 40
"""Every so-manieth document is held out."""
ABSTAIN = "Not in the documents."

_SIZES = ((5, (180, 240, 300)), (5, (240, 320)), (3, (320, 400)), (4, (240, 320)))
"""Excerpts of a group, and how many characters each may have."""
_MOST_QUESTIONS = 8
_UNANSWERABLE = 0.27
_SHUFFLED = 0.4
"""Share of groups whose numbers are in no order, as quoted passages come first on a desk."""
_TITLED = 0.75
_LONG_WORDS = 12
"""Answers from this many words on, and reasons, are given as the whole sentence."""


@dataclass(frozen=True, kw_only=True)
class Passage:
    """A passage with what is asked about it."""

    document: str
    text: str
    rows: list[Row] = field(default_factory=list)


def short_answers(data: Path, *, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, and examples from documents that none of those is from."""
    chance = random.Random(seed)
    train: list[Example] = []
    held_out: list[Example] = []
    for name, times in SETS.items():
        passages = _passages(read_rows(data / "train" / "qa" / f"{name}.jsonl"), tokenised=name == "qed_dev")
        documents = sorted({passage.document for passage in passages})
        apart = set(documents[:: min(HELD_OUT, len(documents))])
        for time in range(times):
            train += _examples(f"{name}-{time}", [p for p in passages if p.document not in apart], chance)
        held_out += _examples(f"{name}-held-out", [p for p in passages if p.document in apart], chance)[:50]
    return train, held_out


def ask(question: str, excerpts: Sequence[tuple[int, str]]) -> tuple[Message, ...]:
    """The messages of a question, as the desk sends them."""
    prompt = load_prompt("direct")
    return (*prompt.opening, Message(role="user", content=prompt.ask(question, excerpts)))


def _passages(rows: Sequence[Row], *, tokenised: bool) -> list[Passage]:
    passages: dict[tuple[str, str], Passage] = {}
    for row in rows:
        text = " ".join(row["passage"].split())
        answers = row["answers"]
        if tokenised:
            text, answers = _joined(text), [_joined(answer) for answer in answers]
        title = row["document"].replace("_", " ")
        passage = passages.setdefault((title, text), Passage(document=title, text=text))
        passage.rows.append({**row, "answers": answers})
    return sorted(passages.values(), key=lambda passage: (passage.document, passage.text))


def _examples(name: str, passages: Sequence[Passage], chance: random.Random) -> list[Example]:
    strangers = [row for passage in passages for row in passage.rows if row["answerable"]]
    groups = list(_groups(passages, chance))
    return [
        example
        for number, (group, characters) in enumerate(groups)
        for example in _asked(f"{name}-{number}", group, characters, strangers, chance)
    ]


def _groups(passages: Sequence[Passage], chance: random.Random) -> Iterator[tuple[list[Passage], int]]:
    """Passages to be shown together: of one document as far as it has enough, else of several."""
    by_document: defaultdict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        by_document[passage.document].append(passage)
    left: list[Passage] = []
    for _, own in sorted(by_document.items()):
        chance.shuffle(own)
        while len(own) >= 3:
            size, characters = chance.choice(_SIZES)
            group, own = own[:size], own[size:]
            if len(group) < size and len(passages) > size:
                group += chance.sample([p for p in passages if p not in group], size - len(group))
            yield group, chance.choice(characters)
        left += own
    chance.shuffle(left)
    while left:
        size, characters = chance.choice(_SIZES)
        yield left[:size], chance.choice(characters)
        left = left[size:]


def _asked(
    name: str, group: Sequence[Passage], characters: int, strangers: Sequence[Row], chance: random.Random
) -> Iterator[Example]:
    numbers = list(range(1, len(group) + 1))
    if chance.random() < _SHUFFLED:
        numbers = chance.sample(range(1, 9), len(group))
    titled = chance.random() < _TITLED
    order = list(group)
    chance.shuffle(order)
    texts = [_excerpt(passage, characters, chance) for passage in order]
    excerpts = [
        (number, f"{passage.document}: {text}" if titled and not text.startswith(passage.document) else text)
        for number, passage, text in zip(numbers, order, texts, strict=True)
    ]
    answered: list[tuple[str, str]] = []
    unanswered: list[tuple[str, str]] = []
    for number, passage, text in zip(numbers, order, texts, strict=True):
        for row in passage.rows:
            holding = [other for other in texts if row["answers"] and says(other, row["answers"])]
            if not row["answerable"] or not holding:
                unanswered.append((row["question"], ABSTAIN))
            elif holding == [text]:
                answer = _answer(row, text)
                if answer is not None:
                    answered.append((row["question"], f"{answer} [{number}]."))
    strayed = [
        row["question"] for row in chance.sample(strangers, 2) if not any(says(t, row["answers"]) for t in texts)
    ]
    unanswered = unanswered or [(question, ABSTAIN) for question in strayed]
    chance.shuffle(answered)
    chance.shuffle(unanswered)
    kept = answered[:_MOST_QUESTIONS]
    abstaining = len(kept) * _UNANSWERABLE / (1 - _UNANSWERABLE)
    kept += unanswered[: int(abstaining) + (chance.random() < abstaining % 1)]
    for at, (question, completion) in enumerate(kept):
        yield Example(id=f"{name}-{at}", messages=ask(question, excerpts), completion=completion)


def _excerpt(passage: Passage, characters: int, chance: random.Random) -> str:
    """A stretch of about so many characters, around an answer where there is one."""
    places = [at for row in passage.rows for answer in row["answers"][:1] if (at := passage.text.find(answer)) >= 0]
    centre = chance.choice(places) if places else chance.randrange(len(passage.text))
    begin = max(0, min(centre - characters // 2 + chance.randint(-60, 60), len(passage.text) - characters))
    cut = passage.text[begin : begin + characters]
    if begin:
        cut = cut.split(" ", 1)[-1]
    if begin + characters < len(passage.text):
        cut = cut.rsplit(" ", 1)[0]
    return cut


def _answer(row: Row, text: str) -> str | None:
    """As the model is to give it: what most people said, or for a long one the sentence; None where it is cut off."""
    said = [answer for answer in row["answers"] if answer in text]
    if not said:
        return None
    answer = Counter(said).most_common(1)[0][0].strip(" .,;:")
    reason = re.match(r"(why|how (?!many|much|long|old|far|often|tall|big|large|high))", row["question"], re.I)
    if len(answer.split()) < _LONG_WORDS and not reason:
        return answer or None
    at = text.find(answer)
    for start, end in split_sentences(text):
        if start <= at and at + len(answer) <= end and text[end - 1] in ".!?":
            return text[start : end - 1]
    return answer if len(answer.split()) >= 2 else None


def _joined(text: str) -> str:
    """Text that was taken apart into words and marks, together again."""
    text = re.sub(r"``\s*|\s*''", '"', text)
    text = re.sub(r"\s+(--|–|-)\s+(?=\w)", lambda mark: " – " if mark[1] == "--" else mark[1], text)
    text = re.sub(r"\s+([.,;:?!%)\]])", r"\1", text)
    return re.sub(r"\s+(['’](?:s|re|ve|ll|d|m|t)\b|n't)|([(\[$£€])\s+", lambda mark: mark[1] or mark[2], text)
