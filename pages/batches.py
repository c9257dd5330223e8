"""Documents on their way in: progress and outcome of each file."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from assistant.desk import Desk
from ingest.jobs import Job, eta_s
from pages.labels import as_label


def draw_batch(desk: Desk, batch: str) -> bool:
    """Show a batch until all of it is finished, and what became of each file; whether all are on the desk."""
    with st.status("Reading the documents …", expanded=True) as status:
        place = st.empty()
        while True:
            jobs = desk.jobs.list(batch=batch)
            with place.container():
                draw_jobs(desk, jobs)
            if all(job.is_finished for job in jobs):
                break
            time.sleep(0.3)
        failed = sum(job.state == "failed" for job in jobs)
        done = sum(job.state == "done" for job in jobs)
        label = f"{done} of {len(jobs)} documents are on the desk"
        status.update(label=label, state="error" if failed else "complete", expanded=bool(failed))
    return done == len(jobs)


def draw_jobs(desk: Desk, jobs: Sequence[Job]) -> None:
    """A line a file of a batch, with a bar over all while some are unfinished, and what they wait for."""
    finished = sum(job.is_finished for job in jobs)
    if finished < len(jobs):
        ahead = desk.jobs.ahead(jobs[0].batch)
        if ahead is not None:
            st.caption(f"Waits until “{as_label(ahead.label)}” is done.")
        left = eta_s(jobs, datetime.now(UTC))
        about = f", about {left:.0f} s left" if left else ""
        st.progress(finished / len(jobs), f"{finished} of {len(jobs)} files{about}")
    rows = (f'<tr class="{job.state}"><td>{escape(job.label)}</td><td>{escape(outcome(job))}</td></tr>' for job in jobs)
    st.html(f'<table class="files">{"".join(rows)}</table>')


def outcome(job: Job) -> str:
    """What became of a file, or how far it has come."""
    if job.error:
        return job.error
    if job.result is not None:
        pages = f", {job.result['pages']} pages" if job.result.get("pages") else ""
        notes = "".join(f"; {note}" for note in job.result.get("notes", ()))
        return f"{job.result['status']}, {job.result['chunks']} passages{pages}{notes}"
    if job.state == "running" and job.total:
        return f"{job.stage}, {job.done} of {job.total} passages"
    return job.stage or job.state
