"""Figures against what a slow count in Python makes of the same answers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import select

from assistant.desk import Desk
from assistant.insights import Insights, Selection
from assistant.insights.turns import SeenTurn
from assistant.settings import Settings
from assistant.share import Share
from assistant.tables import ConversationRow, TurnRow
from benchmarks.insights import fill
from ingest.catalogue import Catalogue
from ingest.tables import utc_now


@pytest.fixture(scope="module")
def insights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Insights]:
    """Of a desk with 300 answers over twenty days."""
    with Desk(Settings(home=tmp_path_factory.mktemp("insights"))) as desk:
        fill(desk, turns=300, days=20)
        yield desk.insights


_TODAY = utc_now().date()
_SELECTIONS = st.builds(
    Selection,
    since=st.none() | st.integers(0, 25).map(lambda days: _TODAY - timedelta(days=days)),
    until=st.none() | st.integers(0, 10).map(lambda days: _TODAY - timedelta(days=days)),
    backend=st.sampled_from([None, None, "", "local", "hosted"]),
    model=st.sampled_from([None, None, "gpt-large"]),
    prompt=st.sampled_from([None, None, "quote", "direct@1"]),
    collection=st.sampled_from([None, None, "notices", "nowhere"]),
    outcome=st.sampled_from([None, None, "answered", "not-found", "stopped"]),
    vote=st.sampled_from([None, None, 1, -1]),
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(selection=_SELECTIONS)
def test_figures_are_those_of_a_slow_count(insights: Insights, selection: Selection) -> None:
    everything = insights.turns(Selection(), limit=None)
    chosen = [turn for turn in everything if _is_chosen(turn, selection)]
    figures = insights.figures(selection)
    totals = figures.totals
    assert [turn.id for turn in insights.turns(selection, limit=None)] == [turn.id for turn in chosen]
    assert totals.questions == len(chosen)
    assert Counter(totals.outcomes) == Counter(turn.outcome for turn in chosen)
    assert sum(day.questions for day in figures.days) == len(chosen)
    thumbs = [turn.vote for turn in chosen if turn.vote is not None]
    assert totals.satisfaction == Share(of=len(thumbs), count=thumbs.count(1))
    assert totals.cost == pytest.approx(sum(costs)) if (costs := _costs(chosen)) else totals.cost is None
    if chosen:
        assert totals.total is not None
        seconds = [turn.total_s for turn in chosen]
        assert (totals.total.median, totals.total.p95) == pytest.approx(tuple(np.percentile(seconds, [50, 95])))
    models = Counter(turn.answered.finished.model or "" for turn in chosen if turn.answered.finished)
    assert {kind.name: kind.questions for kind in figures.kinds["model"]} == models
    missing = Counter(tuple(sorted(turn.question)) for turn in chosen if turn.outcome == "not-found")
    assert [group.times for group in figures.unanswered] == [times for _, times in missing.most_common(20)]
    cited = Counter(name for turn in chosen for name in _cited(turn))
    assert {use.name: use.cited for use in figures.documents if use.cited} == {
        name: count for name, count in cited.items() if any(use.name == name for use in figures.documents)
    }


def test_what_is_compared_with_is_as_many_days_before(insights: Insights) -> None:
    week = Selection(since=_TODAY - timedelta(days=6), until=_TODAY)
    earlier = Selection(since=_TODAY - timedelta(days=13), until=_TODAY - timedelta(days=7))
    assert week.before() == earlier
    assert insights.figures(week).before == insights.figures(earlier).totals
    assert insights.figures(Selection()).before is None


def test_every_row_of_a_section_opens_as_many_answers_as_it_counts(insights: Insights) -> None:
    everything = Selection()
    figures = insights.figures(everything)

    def opened(**asked: object) -> int:
        return len(insights.turns(replace(everything, **asked), limit=None))  # type: ignore[arg-type]

    assert figures.rails
    assert {rail: opened(rail=rail) for rail in figures.rails} == figures.rails
    assert figures.faults
    assert {fault: opened(fault=fault) for fault in figures.faults} == figures.faults
    for group in figures.unanswered:
        assert opened(wording=group.wording, outcome="not-found") == group.times
    for use in figures.documents[:5]:
        assert (opened(document=use.id), opened(cited=use.id)) == (use.found, use.cited)
    for kind in figures.kinds["collection"]:
        assert opened(collection=kind.name) == kind.questions


def test_what_is_done_with_answers_and_said_of_sources_is_counted(tmp_path: Path) -> None:
    with Desk(Settings(home=tmp_path)) as desk:
        fill(desk, turns=40, days=5, acts=False)
        with desk.catalogue.session() as session:
            people = dict(
                session.execute(
                    select(TurnRow.id, ConversationRow.person)
                    .join(ConversationRow)
                    .where(TurnRow.answered.is_not(None))
                ).all()
            )
        before = desk.insights.figures(Selection())
        assert before.signals == {}
        turns = {turn.id: turn for turn in desk.insights.turns(Selection(), limit=None) if turn.answered.sources}
        first, second, *_ = turns
        source = turns[first].answered.sources[0]
        name = source.passage.document
        desk.feedback.notice(people[first], first, "opened-source", source=source.n)
        desk.feedback.notice(people[first], first, "opened-source", source=source.n)
        desk.feedback.notice(people[second], second, "opened-source")
        desk.feedback.notice(people[second], second, "edited")
        desk.feedback.mark_source(people[first], first, source.n, False)
        figures = desk.insights.figures(Selection())
        assert figures.signals == {"opened-source": 2, "edited": 1}
        assert figures.totals == before.totals
        assert {use.name: (use.right, use.wrong) for use in figures.documents if use.right or use.wrong} == {
            name: (0, 1)
        }
        assert [turn.id for turn in desk.insights.turns(Selection(signal="edited"))] == [second]
        [use] = [use for use in figures.documents if use.name == name]
        assert use.use == use.cited - 1
        seen = desk.insights.turn(first)
        assert seen is not None
        assert (seen.marked(False), seen.signals) == ([name], {"opened-source": 2})
        nothing = desk.insights.figures(Selection(outcome="nothing such"))
        assert (nothing.signals, {use.wrong for use in nothing.documents}) == ({}, {0})


def test_nothing_was_asked_yet(catalogue: Catalogue) -> None:
    insights = Insights(catalogue)
    assert insights.is_empty()
    figures = insights.figures(Selection())
    assert (figures.totals.questions, figures.totals.satisfaction.value, figures.totals.total) == (0, None, None)
    assert insights.turns(Selection()) == []
    assert insights.turn(1) is None


def test_both_databases_count_alike(empty_postgres: str, tmp_path: Path) -> None:
    found = []
    for url in (None, empty_postgres):
        with Desk(Settings(home=tmp_path / str(url is None), catalogue_url=url)) as desk:
            fill(desk, turns=60, days=5)
            asked = Selection(collection="notices", since=_TODAY - timedelta(days=30), until=_TODAY)
            found.append(desk.insights.figures(asked))
    assert found[0].totals.questions > 0
    assert replace(found[0], documents=(), totals=found[1].totals) == replace(found[1], documents=())
    assert [(use.name, use.found, use.cited) for use in found[0].documents] == [
        (use.name, use.found, use.cited) for use in found[1].documents
    ]


@given(of=st.integers(1, 500), share=st.floats(0, 1))
def test_the_interval_of_a_share_holds_it(of: int, share: float) -> None:
    found = Share(of=of, count=round(of * share))
    assert found.value is not None
    assert 0 <= found.low <= found.value + 1e-9
    assert found.value - 1e-9 <= found.high <= 1


def test_the_interval_of_a_share_is_wilsons() -> None:
    found = Share(of=10, count=8)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)


def _is_chosen(turn: SeenTurn, asked: Selection) -> bool:
    finished = turn.answered.finished
    assert finished is not None
    day = turn.asked_at.date()
    return (
        (asked.since is None or day >= asked.since)
        and (asked.until is None or day <= asked.until)
        and (asked.backend is None or (finished.backend or "") == asked.backend)
        and (asked.model is None or finished.model == asked.model)
        and (asked.prompt is None or finished.prompt == asked.prompt)
        and (asked.outcome is None or turn.outcome == asked.outcome)
        and (asked.vote is None or turn.vote == asked.vote)
        and (
            asked.collection is None
            or any(source.passage.collection == asked.collection for source in turn.answered.sources)
        )
    )


def _costs(turns: list[SeenTurn]) -> list[float]:
    return [turn.cost for turn in turns if turn.cost is not None]


def _cited(turn: SeenTurn) -> set[str]:
    return {citation.document for citation in turn.answered.finished.citations} if turn.answered.finished else set()
