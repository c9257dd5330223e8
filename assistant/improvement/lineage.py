"""Where a model comes from, as its card tells it, and what the rows say against it."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from assistant.data_sets.rows import hash_of
from assistant.improvement.made import Made
from assistant.improvement.material import Material
from assistant.improvement.order import Order
from assistant.improvement.teacher import Taught
from models.tuning import Checkpoint, Tuned

_MUCH = 0.2
"""Share of doubtful rows from which on the gate does not let a model pass."""


def lineage(
    order: Order,
    checkpoint: Checkpoint,
    tuned: Tuned,
    merged: str,
    learnt: Made,
    proposed: Made,
    taught: Taught | None,
    material: Material,
    agrees: Mapping[str, float],
) -> dict[str, Any]:
    """What a model came from and how, for its card: the base and its hash, the rows with theirs, recipe, versions."""
    teaching = asdict(taught) if taught else None
    if teaching is not None:
        teaching["rows"] = len(teaching.pop("answers"))
        teaching["backend"] = order.teacher
    return {
        "kind": "fine-tuned",
        "student": order.student,
        "base": {"name": order.base, "sha256": checkpoint.sha256},
        "data_set": order.data_set,
        "data_set_version": hash_of(material.learnt),
        "rows": {row.id: row.content_hash for row in learnt.rows},
        "proposed": {row.id: row.content_hash for row in proposed.rows if row.id not in proposed.unsupported},
        "refused": learnt.refused,
        "lost": learnt.lost,
        "doubts": doubts_of(learnt, len(material.learnt)),
        "prompt": order.prompt,
        "teacher": teaching,
        "guesses_of": order.guesses_of,
        "recipe": asdict(order.recipe),
        "seed": order.recipe.seed,
        "strength": order.strength,
        "quantisation": order.quantisation,
        "versions": dict(tuned.versions),
        "device": tuned.device,
        "steps": {"lessons": tuned.examples_hash, "tuned": tuned.key, "merged": merged},
        "lessons": tuned.examples,
        "loss": {"before": tuned.before, "after": tuned.after, "steps": tuned.steps, "best_step": tuned.best_step},
        "agreement": dict(agrees),
        "seconds": tuned.seconds,
        "order": order.to_json(),
    }


def merged_key(made: Mapping[str, Any]) -> str:
    """Under which the lab keeps a model's files; cards of an earlier Refdesk name the training, all of it added."""
    steps = made["steps"]
    return str(steps.get("merged", steps["tuned"][:16]))


def doubts_of(made: Made, rows: int) -> list[str]:
    """What the rows themselves say against whatever is made of them."""
    doubts = []
    if len(made.unsupported) > _MUCH * rows:
        doubts.append(
            f"Of the {rows} rows that it learnt from, {len(made.unsupported)} have an answer that their own source does"
            f" not bear out (“{made.unsupported[0]}” for one)."
        )
    stopped = [row_id for row_id, reason in made.refused.items() if "rail" in reason]
    if len(stopped) > _MUCH * rows:
        doubts.append(
            f"Of the {rows} rows that it was to learn from, rails stop {len(stopped)} (“{stopped[0]}” for one:"
            f" {made.refused[stopped[0]]})."
        )
    return doubts
