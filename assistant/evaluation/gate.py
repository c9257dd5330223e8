"""The gate: floors and ceilings that a run has to keep, from a TOML file.

rows = 40               # at least so many rows were asked

[floors]
gives_gold = 0.80

[ceilings]
false_refusals = 0.10

[slices.follow-up.floors]
gives_gold = 0.60
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any

from assistant.data_sets.rows import read_text
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.runs import Run
from assistant.evaluation.summaries import Summary

_KEYS = ("floors", "ceilings")


class GateError(Exception):
    """A gate that cannot be read; one sentence."""


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """Of all rows, or of those of a tag; by the measure's name."""

    floors: Mapping[str, float] = field(default_factory=dict)
    ceilings: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a run has to keep."""

    rows: int = 0
    """How many rows must have been asked, at least."""
    bounds: Bounds
    slices: Mapping[str, Bounds] = field(default_factory=dict)
    """By tag."""

    def misses(self, run: Run) -> list[str]:
        """One sentence for everything that a run falls short of; none when it passes.

        What is measured counts, not its interval. A measure that no row has a value of is a miss.
        """
        if run.summary is None:
            return [f"The run is {run.state}: {run.done} of {run.total} rows are asked."]
        few = [f"{run.done} rows were asked: at least {self.rows} are wanted."] if run.done < self.rows else []
        sliced = [miss for tag, bounds in self.slices.items() for miss in _misses(bounds, run.summary, tag)]
        return [*few, *_misses(self.bounds, run.summary, None), *sliced]


def read_gate(path: Path) -> Gate:
    """Read a gate's file.

    Raises:
        GateError: it is no such file, or names a measure that there is not.
        RowsError: it cannot be read.
    """
    try:
        tables = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise GateError(f"{path.name} is not TOML: {error}.") from None
    rows, slices = tables.pop("rows", 0), tables.pop("slices", {})
    if isinstance(rows, bool) or not isinstance(rows, int) or not isinstance(slices, dict):
        raise GateError(f"{path.name}: “rows” is a number, and “slices” holds a table a tag.")
    return Gate(
        rows=rows,
        bounds=_bounds(tables, path.name),
        slices={tag: _bounds(table, f"{path.name}, slices.{tag}") for tag, table in slices.items()},
    )


def _bounds(table: Any, where: str) -> Bounds:
    if not isinstance(table, dict) or not set(table) <= set(_KEYS):
        raise GateError(f"{where} holds something else than {' and '.join(_KEYS)}.")
    for key in _KEYS:
        if not isinstance(table.get(key, {}), dict):
            raise GateError(f"{where}: “{key}” is no table.")
        for name, bound in table.get(key, {}).items():
            if name not in MEASURES:
                near = difflib.get_close_matches(name, MEASURES, n=1, cutoff=0)[0]
                raise GateError(f"{where}: there is no measure “{name}”; the nearest is “{near}”.")
            if isinstance(bound, bool) or not isinstance(bound, int | float) or not isfinite(bound):
                raise GateError(f"{where}: the bound of “{name}” is no number.")
    return Bounds(floors=table.get("floors", {}), ceilings=table.get("ceilings", {}))


def _misses(bounds: Bounds, summary: Summary, tag: str | None) -> Iterator[str]:
    of = f" of the rows with the tag “{tag}”" if tag else ""
    for name, bound, is_floor in (
        *((name, bound, True) for name, bound in bounds.floors.items()),
        *((name, bound, False) for name, bound in bounds.ceilings.items()),
    ):
        value = summary.value(name, tag)
        if value is None:
            yield f"{name}{of} was not measured."
        elif value < bound if is_floor else value > bound:
            yield f"{name}{of} is {value:.3f}: {'at least' if is_floor else 'at most'} {bound:g} is wanted."
