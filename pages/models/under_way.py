"""A training that is under way: its stage, its loss curve, and the way to end it."""

from collections.abc import Sequence

import streamlit as st

from assistant.desk import Desk
from assistant.improvement.improvement import COMPARING, KIND
from ingest.jobs import Job
from pages.labels import as_label

_BUSY_S, _IDLE_S = 2.0, 10.0
"""Between two looks at the queue."""
_DRAWN, _BEFORE = "trainings_under_way", "trainings_before"


def draw_under_way(desk: Desk) -> None:
    """Bars of what is under way, and what has failed since this page was opened."""
    jobs = _jobs(desk)
    st.session_state.setdefault(_BEFORE, max((job.id for job in jobs if job.is_finished), default=0))
    idle = all(job.is_finished for job in jobs)
    st.fragment(_draw, run_every=_IDLE_S if idle else _BUSY_S)(desk)


def draw_losses(losses: Sequence[dict[str, float]]) -> None:
    """A loss curve: of the lessons, and of those that are held out."""
    import altair as alt

    values = [
        {"step": one["step"], "loss": one[kind], "of": name}
        for one in losses
        for kind, name in (("loss", "lessons"), ("held_out", "held out"))
        if kind in one
    ]
    if len(values) < 2:
        return
    colours = alt.Scale(domain=["lessons", "held out"], range=["#397ba4", "#c8792b"])
    chart = (
        alt.Chart({"values": values})
        .mark_line(point=True, strokeWidth=1.5)
        .encode(
            x=alt.X("step:Q", title="steps"),
            y=alt.Y("loss:Q", title="loss", scale=alt.Scale(zero=False, nice=True)),
            color=alt.Color("of:N", title=None, scale=colours),
            tooltip=["of:N", "step:Q", alt.Tooltip("loss:Q", format=".3f")],
        )
    )
    st.altair_chart(chart, width="stretch", height=180, alt="Loss of the lessons and of the held-out ones by steps")


def _draw(desk: Desk) -> None:
    jobs = _jobs(desk)
    for job in jobs:
        if job.state == "failed" and job.id > st.session_state[_BEFORE]:
            st.warning(f"{as_label(job.label)}: {as_label(job.error or 'it broke off.')}", icon=":material/error:")
    under_way = [job for job in jobs if not job.is_finished]
    for job in under_way:
        _draw_bar(desk, job)
    now = {job.id for job in under_way}
    drawn: set[int] = st.session_state.get(_DRAWN, now)
    st.session_state[_DRAWN] = now
    if drawn != now:
        # Something has ended, whose card is to be shown, or begun, which is to be looked at more often.
        st.rerun()


def _jobs(desk: Desk) -> list[Job]:
    return [job for kind in (KIND, COMPARING) for job in desk.jobs.list(kind=kind, limit=50)]


def _draw_bar(desk: Desk, job: Job) -> None:
    with st.container(border=True):
        if job.state == "running":
            share = min(job.done / job.total, 1.0) if job.total else 0.0
            counted = f" ({job.done} of {job.total})" if job.total else ""
            st.progress(share, f"{as_label(job.label)}: {as_label(job.stage or 'begins')}{counted}")
            if job.kind == KIND:
                draw_losses(desk.improvement.losses(job.label))
        else:
            st.caption(f"{as_label(job.label)} waits.")
        if st.button("Cancel", icon=":material/cancel:", key=f"cancel-{job.id}", help="What was done is kept."):
            desk.jobs.cancel(job.batch)
