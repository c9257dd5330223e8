"""Questions that are orders to the desk: the rules in questions.toml, on every form that a text may be read as."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from assistant.rails.folding import forms
from assistant.rails.verdict import Finding, Judge

BLOCKS = 1.0
"""Weight of the rules that apply, from which a question is stopped; a rule's own weight is mostly that or half."""
WARNS = 0.5

_QUOTED = re.compile(r'"[^"]{1,300}"|(?<!\w)\'[^\'"]{1,300}\'(?!\w)')
_ASKS = re.compile(
    r"(?:what|who|whom|whose|which|when|where|why|how|is|are|was|were|do|does|did|can|could|may|might|must|should|would"
    r"|will|has|have|explain|describe|tell me what)\b"
)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing that gives a question away."""

    rail: str
    name: str
    weight: float
    pattern: re.Pattern[str]


def judge_of(rail: str) -> Judge:
    """The rail that the rules of this name make up."""
    rules, reason = [rule for rule in _rules() if rule.rail == rail], str(_file()["reasons"][rail])

    def judge(text: str) -> Finding:
        weight = max(_weight(form, rules) for form in forms(text))
        if weight >= BLOCKS:
            return Finding(action="block", reason=reason)
        return Finding(action="warn", reason=reason) if weight >= WARNS else Finding()

    return judge


def _weight(text: str, rules: list[Rule]) -> float:
    """How much of an order the text is. A question about a quoted order is none."""
    applied = sum(rule.weight for rule in rules if rule.pattern.search(text))
    if applied >= BLOCKS and _ASKS.match(text) and (bare := _QUOTED.sub('""', text)) != text:
        return max(WARNS, sum(rule.weight for rule in rules if rule.pattern.search(bare)))
    return applied


def rules_of(text: str) -> list[str]:
    """Names of the rules that apply to any form of a text, for whoever keeps the rules."""
    return sorted({rule.name for form in forms(text) for rule in _rules() if rule.pattern.search(form)})


@cache
def _file() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


@cache
def _rules() -> list[Rule]:
    file = _file()
    return [
        Rule(
            rail=rule["rail"],
            name=rule["name"],
            weight=rule.get("weight", BLOCKS),
            pattern=re.compile(re.sub(r"<(\w+)>", lambda word: f"(?:{file['words'][word[1]]})", rule["pattern"])),
        )
        for rule in file["rules"]
    ]
