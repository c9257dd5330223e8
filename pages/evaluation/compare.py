"""Two runs side by side: what the second gained, what chance makes of it, and the rows that changed and why."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.comparison import Change, Gain, RunComparison, compare_runs
from assistant.evaluation.explaining import moves
from assistant.evaluation.export import Exported
from assistant.evaluation.figures import number
from assistant.evaluation.report import comparison_report
from assistant.evaluation.results import Hit
from assistant.evaluation.runs import Run
from pages.evaluation.row import answer_html, expected_html, hit_html, passages_html, question_html
from pages.evaluation.run import asked_of


def draw_compare(desk: Desk) -> None:
    """The whole section."""
    runs = [run for run in desk.evaluation.runs() if run.state == "done"]
    if len(runs) < 2:
        st.markdown("Two finished runs can be compared: start them under “Runs”, with another prompt or backend each.")
        return
    names = {run.id: _name(run) for run in runs}
    left, right = st.columns(2)
    second = right.selectbox("with", list(names), index=_at("second", list(names)), format_func=names.__getitem__)
    others = [run.id for run in runs if run.id != second]
    alike = [run.id for run in runs if run.id != second and run.rows_hash == _run(runs, second).rows_hash]
    first = left.selectbox(
        "Compare", others, index=_at("first", others, (alike or others)[0]), format_func=names.__getitem__
    )
    st.query_params.update({"first": first, "second": second})
    a, b = _run(runs, first), _run(runs, second)
    found = _compared(desk, a.id, b.id, a.done, b.done)
    if not found.common:
        st.info("These two runs have no row in common: compare runs of the same data set.", icon=":material/info:")
        return
    _draw_head(desk, a, b, found)
    _draw_gains(found)
    _draw_changes(found)


@st.cache_resource(max_entries=16, show_spinner="Comparing …")
def _compared(_desk: Desk, first: str, second: str, done_first: int, done_second: int) -> RunComparison:
    return compare_runs(asked_of(_desk, first, done_first), asked_of(_desk, second, done_second))


def _at(name: str, ids: Sequence[str], otherwise: str = "") -> int:
    """The place of the run that the page's address has under a name; else that of another, or the first."""
    wanted = st.query_params.get(name, otherwise)
    return ids.index(wanted) if wanted in ids else ids.index(otherwise) if otherwise in ids else 0


def _run(runs: Sequence[Run], run_id: str) -> Run:
    return next(run for run in runs if run.id == run_id)


def _name(run: Run) -> str:
    return f"{run.label} · {run.data_set} · {run.created_at:%d %b, %H:%M}"


def _draw_head(desk: Desk, a: Run, b: Run, found: RunComparison) -> None:
    apart = [f"{found.common} rows in common"]
    if found.only_first or found.only_second:
        apart.append(f"{found.only_first} only in the first, {found.only_second} only in the second")
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f'<div class="facts">{" · ".join(apart)}</div>')
        st.download_button(
            "Report",
            lambda: comparison_report(
                Exported(run=a, asked=asked_of(desk, a.id, a.done)),
                Exported(run=b, asked=asked_of(desk, b.id, b.done)),
                found,
            ),
            file_name=f"comparison-{a.id}-{b.id}.html",
            mime="text/html",
            icon=":material/description:",
            on_click="ignore",
        )


def _draw_gains(found: RunComparison) -> None:
    moved = [gain for gain in found.gains.values() if gain.better or gain.worse]
    same = [gain.measure.label for gain in found.gains.values() if not (gain.better or gain.worse)]
    sure = [gain for gain in moved if gain.is_better is not None]
    if sure:
        st.html(_verdict_html(sure))
    elif moved:
        st.markdown("No difference is shown: chance alone may be the reason for each of these.")
    if moved:
        st.html(_gains_html(moved))
    if same:
        st.html(f'<div class="facts">The same in every row: {escape(", ".join(same))}.</div>')


def _verdict_html(gains: Sequence[Gain]) -> str:
    """What is more than chance: which measures, and on request each in a sentence."""
    named = {
        is_better: ", ".join(gain.measure.label for gain in gains if gain.is_better is is_better)
        for is_better in (True, False)
    }
    said = "".join(
        f'<div><span class="{looks}">The second is {looks}</span> in {escape(named[is_better])}.</div>'
        for is_better, looks in ((True, "better"), (False, "worse"))
        if named[is_better]
    )
    sentences = "".join(f"<li>{escape(gain.statement)}</li>" for gain in gains)
    return (
        f'<div class="label">More than chance</div><div class="said">{said}</div>'
        f'<details><summary>In sentences</summary><div class="said"><ul>{sentences}</ul></div></details>'
    )


def _gains_html(gains: Sequence[Gain]) -> str:
    head = (
        '<tr><th>Measure</th><th class="n">First</th><th class="n">Second</th><th class="n">Difference</th>'
        '<th class="n">95% interval</th><th class="n">Better : worse</th><th class="n">p</th><th></th></tr>'
    )
    return f'<div class="wide"><table class="gains">{head}{"".join(map(_gain_html, gains))}</table></div>'


def _gain_html(gain: Gain) -> str:
    measure, of = gain.measure, gain.comparison.difference
    verdict = {
        True: '<span class="better">better</span>',
        False: '<span class="worse">worse</span>',
        None: '<span class="facts">may be chance</span>',
    }[gain.is_better]
    return (
        f'<tr title="{escape(gain.statement)}"><td>{escape(measure.label)}</td>'
        f'<td class="n">{number(measure, gain.first)}</td><td class="n">{number(measure, gain.second)}</td>'
        f'<td class="n">{of.value:+.3f}</td><td class="n">{of.low:+.3f} to {of.high:+.3f}</td>'
        f'<td class="n">{gain.better} : {gain.worse}</td><td class="n">{_p(gain)}</td>'
        f"<td>{verdict}</td></tr>"
    )


def _p(gain: Gain) -> str:
    return f"{gain.comparison.p:.3f}" if gain.comparison.p >= 0.001 else "&lt; 0.001"


def _draw_changes(found: RunComparison) -> None:
    st.subheader(f"Rows that changed: {len(found.changes)}", anchor=False)
    if not found.changes:
        st.markdown("Every row came out as before.")
        return
    lines = [
        {
            "Gain": f"{change.gain:+.2f}",
            "Question": change.first.row.question,
            "Why": "; ".join(change.reasons),
            "Row": change.first.row.id,
        }
        for change in found.changes
    ]
    chosen = st.dataframe(
        lines,
        width="stretch",
        height=min(38 * (len(lines) + 1), 380),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row-required",
        column_config={
            "Gain": st.column_config.TextColumn(width="small", help="What the row is better by, -1 to 1."),
            "Question": st.column_config.TextColumn(width="large"),
            "Why": st.column_config.TextColumn(width="large"),
        },
        key="chosen-change",
        alt="Rows that changed, those that changed most first",
    )
    rows = chosen["selection"]["rows"]
    _draw_change(found.changes[rows[0] if rows and rows[0] < len(found.changes) else 0])


def _draw_change(change: Change) -> None:
    row = change.first.row
    st.html(question_html(row) + expected_html(row))
    left, right = st.columns(2, gap="large")
    moved = moves(change.first, change.second)
    with left:
        st.markdown("**First**")
        st.html(answer_html(change.first) + _hits_html("Went from the first five passages", moved.went, change))
        with st.expander("All passages"):
            st.html(passages_html(change.first))
    with right:
        st.markdown("**Second**")
        st.html(answer_html(change.second) + _hits_html("Came into the first five passages", moved.came, change))
        with st.expander("All passages"):
            st.html(passages_html(change.second))


def _hits_html(title: str, hits: Sequence[Hit], change: Change) -> str:
    if not hits:
        return ""
    ranked = {
        id(hit): place for run in (change.first, change.second) for place, hit in enumerate(run.result.passages, 1)
    }
    return f'<div class="label">{title}</div>' + "".join(
        hit_html(ranked[id(hit)], hit, change.first.row) for hit in hits
    )
