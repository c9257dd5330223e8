"""Examples of short, cited answers from passages, and of abstaining, made of public questions.

Their passages are put on a desk, and each question is searched there: what the model reads in an example is what it
would be sent when that question is asked, with the distractors that really come up. Further examples of the same
question have more, fewer, longer or shorter excerpts in another order, or lack the one that answers.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from assistant import events
from assistant.abstaining import NOT_IN_DOCUMENTS
from assistant.conversations import Choices
from assistant.desk import Desk
from assistant.events import Context, Quote, Source
from assistant.limits import Limits
from assistant.prompting import excerpt, fit
from assistant.prompts import QUOTE
from assistant.prompts.shipped import load_prompt
from benchmarks.data import Row, file_names, ingest_passages, read_rows
from benchmarks.questions import says
from ingest.catalogue import Passage
from ingest.plain import plain
from ingest.sentences import split_sentences
from models.scripted import ScriptedBackend
from models.tuning import Example

SETS = ("squad2_cs224n_dev", "qed_dev", "covidqa")
"""Files in train/qa. All may be used for weights that are shipped (CC BY-SA 4.0, CC BY-SA 3.0, Apache-2.0); PolicyQA
may not."""
HELD_OUT = 20
"""Every so-manieth document is held out."""
_SERVED = (3, 400)
"""Excerpts and their characters, as a desk has them unless its settings say otherwise."""
_SIZES = ((5, 400), (5, 600), (5, 250), (4, 300), (3, 700), (2, 500))
_TIMES = 2
"""How often an answerable question is asked with other excerpts than it is served."""
_WITHOUT = 0.3
"""Share of the answerable ones that are also asked without what answers them."""
_SHUFFLED = 0.5
"""Share of examples, beside those as served, in which numbers and places say nothing of the rank."""
_RANKED = 20
_CONTEXT_CHARS = 25
"""On both sides of an answer: with so much around it, it is the place that was meant."""
_LONG_WORDS = 12
"""Answers from this many words on, and reasons, are given as the whole sentence."""


@dataclass(frozen=True)
class Served:
    """A row with what the desk finds and quotes for it."""

    row: Row
    document: str
    """The name that the row's document has on the desk."""
    sources: tuple[Source, ...]
    """All that were ranked."""
    quotes: tuple[Quote, ...]


def short_answers(desk: Desk, data: Path, *, seed: int = 0) -> tuple[list[Example], list[Example]]:
    """Examples to learn from, and examples as served of documents that none of those asks about."""
    train: list[Example] = []
    held_out: list[Example] = []
    for name in SETS:
        rows = [_mended(row, tokenised=name == "qed_dev") for row in read_rows(data / "train" / "qa" / f"{name}.jsonl")]
        ingest_passages(desk, name, rows)
        files = file_names(rows)
        apart = {title for at, title in enumerate(sorted(files)) if at % HELD_OUT == 0}
        for row in sorted(rows, key=lambda row: str(row["document"])):  # the desk remembers sentences it has just read
            served = _ask(desk, name, row, files[row["document"]])
            chance = random.Random(f"{seed} {row['id']}")
            if row["document"] in apart:
                held_out += _as_served(served)
            else:
                train += _examples(served, chance)
        print(f"{name}: {len(train)} examples, and {len(held_out)} held out", flush=True)
    return train, held_out


def _mended(row: Row, *, tokenised: bool) -> Row:
    answers, passage, question = row["answers"], row["passage"], row["question"]
    if tokenised:
        answers, passage = [_joined(answer) for answer in answers], _joined(passage)
    return {
        **row,
        "document": row["document"].replace("_", " "),
        "answers": answers,
        "passage": " ".join(passage.split()),
        "question": question.strip(),
    }


def _ask(desk: Desk, collection: str, row: Row, document: str) -> Served:
    sources: tuple[Source, ...] = ()
    quotes: tuple[Quote, ...] = ()
    choices = Choices(backend="local", prompt=QUOTE, collections=(collection,))
    for event in desk.ask(row["question"], choices=choices, ranked=_RANKED):
        match event:
            case events.Found():
                first = len(event.sources) + 1
                others = (Source(n=n, passage=passage) for n, passage in enumerate(event.others, start=first))
                sources = (*event.sources, *others)
            case events.Quoted():
                quotes = event.quotes
    return Served(row, document, sources, quotes)


def _examples(served: Served, chance: random.Random) -> Iterator[Example]:
    answerable = served.row["answerable"]
    if answerable or chance.random() < 0.5:
        yield from _as_served(served)
    else:
        yield from _asked(served, "varied", *_varied(served, chance, without=False), NOT_IN_DOCUMENTS)
    if not answerable:
        return
    for time in range(_TIMES):
        yield from _asked(served, f"varied-{time}", *_varied(served, chance, without=False))
    if chance.random() < _WITHOUT:
        yield from _asked(served, "without", *_varied(served, chance, without=True), NOT_IN_DOCUMENTS)


def _as_served(served: Served) -> Iterator[Example]:
    if served.quotes:  # else no model is asked
        yield from _asked(served, "served", served.sources[:8], served.quotes, *_SERVED)


def _varied(
    served: Served, chance: random.Random, *, without: bool
) -> tuple[tuple[Source, ...], tuple[Quote, ...], int, int]:
    """Other sources, quotes, how many excerpts and of how many characters; `without` all that say the answer."""
    most, chars = chance.choice(_SIZES)
    answers = served.row["answers"]
    quoted = {quote.n for quote in served.quotes}
    sources = [source for source in served.sources if not (answers and says(_said(source.passage), answers))]
    sources.sort(key=lambda source: source.n not in quoted)
    quotes = list(served.quotes)
    gold = next((source for source in served.sources if _place(source.passage, served) is not None), None)
    if gold is not None and not without:
        sources = [gold, *sources]
        quotes = [_around(gold, served, chance), *quotes]
    sources = sources[:most]
    quotes = [quote for quote in quotes if any(quote.n == source.n for source in sources)]
    if chance.random() < _SHUFFLED:
        chance.shuffle(sources)
        numbers = {source.n: n for source, n in zip(sources, _numbers(len(sources), chance), strict=True)}
        sources = [Source(n=numbers[source.n], passage=source.passage) for source in sources]
        quotes = [replace(quote, n=numbers[quote.n]) for quote in quotes]
        # The order in which they are shown is that of the quotes, then that of the sources.
        chance.shuffle(quotes)
    return tuple(sources), tuple(quotes), most, chars


def _asked(
    served: Served,
    kind: str,
    sources: Sequence[Source],
    quotes: Sequence[Quote],
    most: int,
    chars: int,
    completion: str | None = None,
) -> Iterator[Example]:
    """The example, unless nobody can say what its answer is: its place is not shown, but its words are."""
    row = served.row
    fitted = fit(
        prompt=load_prompt("direct"),
        question=row["question"],
        sources=sources,
        quotes=quotes,
        context=Context(),
        backend=ScriptedBackend(),
        limits=Limits(model_passages=most, excerpt_chars=chars, max_tokens=100),
    )
    shown = {source.n: excerpt(source, quotes, chars) for source in sources if source.n in fitted.numbers}
    if completion is None:
        completion = _completion(served, sources, shown)
    if completion is not None and shown:
        yield Example(id=f"{row['id']}/{kind}", messages=fitted.messages, completion=completion)


def _completion(served: Served, sources: Sequence[Source], shown: dict[int, str]) -> str | None:
    answers = served.row["answers"]
    if not served.row["answerable"]:
        return NOT_IN_DOCUMENTS
    for source in sources:
        text = shown.get(source.n, "")
        if _place(source.passage, served) is not None and says(text, answers):
            answer = _answer(served.row, text)
            return f"{_begun(answer)} [{source.n}]." if answer else None
    return None if any(says(text, answers) for text in shown.values()) else NOT_IN_DOCUMENTS


def _place(passage: Passage, served: Served) -> int | None:
    """Where in a passage the row's answer stands, with what stands around it in the row's own passage."""
    if not served.row["answerable"] or not passage.document.endswith(served.document):
        return None
    text = " ".join(passage.text.split())
    own = served.row["passage"]
    for answer in served.row["answers"]:
        at = own.find(answer)
        around = own[max(0, at - _CONTEXT_CHARS) : at + len(answer) + _CONTEXT_CHARS]
        if at >= 0 and around in text:
            return passage.text.find(answer) if answer in passage.text else 0
    return None


def _around(gold: Source, served: Served, chance: random.Random) -> Quote:
    """A quote about the answer: where the excerpt of its passage will be cut."""
    passage = gold.passage
    at = passage.start + (_place(passage, served) or 0) + chance.randint(-80, 80)
    at = min(max(at, passage.start), passage.end)
    return Quote(n=gold.n, passage=passage, text="", start=at, end=at, score=1.0)


def _numbers(count: int, chance: random.Random) -> list[int]:
    return chance.sample(range(1, 9), count)


def _said(passage: Passage) -> str:
    return f"{passage.header or ''} {plain(passage.text)}"


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


def _begun(answer: str) -> str:
    """With a capital letter, unless its first word has one elsewhere."""
    first = answer.split()[0]
    return answer[0].upper() + answer[1:] if first == first.lower() else answer


def _joined(text: str) -> str:
    """Text that was taken apart into words and marks, together again."""
    text = re.sub(r"``\s*|\s*''", '"', text)
    text = re.sub(r"\s+(--|–|-)\s+(?=\w)", lambda mark: " – " if mark[1] == "--" else mark[1], text)
    text = re.sub(r"\s+([.,;:?!%)\]])", r"\1", text)
    return re.sub(r"\s+(['’](?:s|re|ve|ll|d|m|t)\b|n't)|([(\[$£€])\s+", lambda mark: mark[1] or mark[2], text)
