"""What the page has handed in and is under way: how far it is, and the way to end it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.evaluation import KIND as EVALUATION
from assistant.synthesis.syntheses import KIND as SYNTHESIS
from ingest.jobs import Job, rate
from pages.labels import as_label

_KINDS = (EVALUATION, SYNTHESIS)
_DRAWN = "jobs_under_way"
_BUSY_S, _IDLE_S = 1.0, 5.0
"""Between two looks at the queue."""


def draw_progress(desk: Desk) -> None:
    """Bars of what is under way, and what has failed since this page was opened."""
    jobs = _jobs(desk)
    st.session_state.setdefault("jobs_before", max((job.id for job in jobs), default=0))
    idle = all(job.is_finished for job in jobs)
    st.fragment(_draw_under_way, run_every=_IDLE_S if idle else _BUSY_S)(desk)


def _draw_under_way(desk: Desk) -> None:
    jobs = _jobs(desk)
    before: int = st.session_state.jobs_before
    for job in jobs:
        if job.state == "failed" and job.id > before:
            st.warning(f"{as_label(job.label)}: {as_label(job.error or 'it broke off.')}", icon=":material/error:")
    under_way = [job for job in jobs if not job.is_finished]
    if under_way:
        _draw_bars(desk, under_way)
    now = {job.id for job in under_way}
    drawn: set[int] = st.session_state.get(_DRAWN, now)
    st.session_state[_DRAWN] = now
    if drawn != now:
        # Something has ended, whose figures are to be shown, or begun, which is to be looked at more often.
        st.rerun()


def _draw_bars(desk: Desk, jobs: Sequence[Job]) -> None:
    running = [job for job in jobs if job.state == "running"]
    with st.container(border=True):
        for job in running:
            st.progress(job.done / job.total if job.total else 0.0, f"{as_label(job.label)}: {_pace(job)}")
        waiting = len(jobs) - len(running)
        if waiting:
            st.caption(f"{waiting} more {'waits' if waiting == 1 else 'wait'}.")
        if st.button("Cancel", icon=":material/cancel:", key="cancel-jobs", help="What was done is kept."):
            for batch in {job.batch for job in jobs}:
                desk.jobs.cancel(batch)


def _pace(job: Job) -> str:
    if not job.total:
        return job.stage or "begins"
    parts = [f"{job.done} of {job.total}", *([job.stage] if job.kind == SYNTHESIS else [])]
    per_second = rate(job, datetime.now(UTC))
    if per_second:
        left = (job.total - job.done) / per_second
        parts += [f"{per_second:.1f} a second" if per_second >= 1 else f"{1 / per_second:.0f} s each", _about(left)]
    return ", ".join(parts)


def _about(seconds: float) -> str:
    return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"


def _jobs(desk: Desk) -> list[Job]:
    return [job for kind in _KINDS for job in desk.jobs.list(kind=kind, limit=100)]
