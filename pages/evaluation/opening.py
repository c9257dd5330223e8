"""What of the runs is open: it stands in the page's address, so that it can be sent to somebody."""

import streamlit as st


def opened_run() -> str | None:
    """Id of the run that is open."""
    return st.query_params.get("run")


def opened_row() -> str | None:
    """Id of the row that is open, of the run that is."""
    return st.query_params.get("row")


def open_run(run_id: str | None, row_id: str | None = None) -> None:
    """Open a run, or one of its rows; None goes back to the list."""
    for name, value in (("run", run_id), ("row", row_id)):
        if value is not None:
            st.query_params[name] = value
        else:
            st.query_params.pop(name, None)
