"""What backends have measured so far on this desk."""

from dataclasses import dataclass
from statistics import fmean, median

from sqlalchemy import select

from assistant.tables import TurnRow
from ingest.catalogue import Catalogue

_NEWEST = 200


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Medians and a mean over a backend's newest answers."""

    answers: int
    first_token_s: float | None
    tokens_per_second: float | None
    completion_tokens: float | None
    cost: float | None
    """The mean of one answer."""


def measured(catalogue: Catalogue, backend: str, model: str | None = None) -> Measured:
    """Of the newest 200 answers that a backend has written, with one model or with all."""
    query = (
        select(TurnRow.first_token_s, TurnRow.tokens_per_second, TurnRow.completion_tokens, TurnRow.cost)
        .where(TurnRow.backend == backend, TurnRow.first_token_s.is_not(None))
        .order_by(TurnRow.id.desc())
        .limit(_NEWEST)
    )
    if model is not None:
        query = query.where(TurnRow.model == model)
    with catalogue.session() as session:
        rows = session.execute(query).all()
    columns = [[value for value in column if value is not None] for column in zip(*rows, strict=True)]
    first, speed, tokens, cost = columns or ([], [], [], [])
    return Measured(
        answers=len(rows),
        first_token_s=median(first) if first else None,
        tokens_per_second=median(speed) if speed else None,
        completion_tokens=median(tokens) if tokens else None,
        cost=fmean(cost) if cost else None,
    )
