"""Examples that a model is shown, chosen for the question."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.prompts import Prompt

_FEWEST = 2
"""Below it the prompt keeps its own."""
_NOT_THERE = "not in the documents"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A question that was answered well."""

    question: str
    passage: str
    """What stands in the documents."""
    answer: str


class Examples(Protocol):
    """Knows answered questions."""

    def near(self, question: str, most: int) -> Sequence[Example]:
        """At most `most` of them that are like `question`, the likest first."""
        ...


class NoExamples:
    """Knows none."""

    def near(self, question: str, most: int) -> Sequence[Example]:
        """None."""
        return ()


def with_examples(prompt: Prompt, question: str, examples: Examples) -> Prompt:
    """A prompt that shows examples with those near the question in their place, the likest last.

    Its own stay where there are too few; the one that shows when to abstain always does. A prompt without examples
    stays as it is.
    """
    abstaining = tuple(pair for pair in prompt.examples if pair[1].lower().startswith(_NOT_THERE))
    most = len(prompt.examples) - len(abstaining)
    if not most:
        return prompt
    near = examples.near(question, most)
    if len(near) < min(_FEWEST, most):
        return prompt
    shown = [(prompt.ask(one.question, [(1, one.passage)]), _cited(one.answer)) for one in reversed(near)]
    return replace(prompt, examples=(*abstaining, *shown))


def _cited(answer: str) -> str:
    return f"{answer.rstrip().rstrip('.')} [1]."
