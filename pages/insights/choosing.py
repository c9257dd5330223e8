"""Which answers the page is about: days and filters."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from assistant.desk import Desk
from assistant.insights import Selection
from assistant.insights.figures import OTHERS
from ingest.tables import utc_now

_DAYS = {"Today": 1, "7 days": 7, "30 days": 30, "90 days": 90, "All": None, "Other …": 0}


_KEYS = (
    "span",
    "days",
    *(f"only-{label}" for label in ("Written by", "Model", "Prompt", "Collection", "Document", "Topic")),
)


def keep_choices() -> None:
    """Keep what is chosen while answers stand in its place: Streamlit forgets what it does not draw."""
    for key in _KEYS:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def choose(desk: Desk) -> Selection:
    """What is chosen at the top of the page."""
    span = st.segmented_control(
        "Time",
        list(_DAYS),
        default="30 days",
        required=True,
        key="span",
        label_visibility="collapsed",
        bind="query-params",
        wrap=True,
    )
    since, until = _days(span or "30 days")
    choices = desk.insights.choices()
    with st.expander("Filter", icon=":material/filter_list:"):
        places = st.columns(3)
        backend = _one("Written by", choices["backend"], places[0], none="quotes alone")
        model = _one("Model", choices["model"], places[1])
        prompt = _one("Prompt", choices["prompt"], places[2])
        places = st.columns(3)
        collection = _one("Collection", choices["collection"], places[0])
        documents = {document.id: document.name for document in desk.catalogue.documents()}
        document = _named("Document", documents, places[1])
        topic = _named("Topic", desk.insights.topics() | {0: OTHERS}, places[2])
    return Selection(
        since=since,
        until=until,
        backend=backend,
        model=model,
        prompt=prompt,
        collection=collection,
        document=document,
        topic=topic,
    )


def _days(span: str) -> tuple[date | None, date | None]:
    today = utc_now().date()
    days = _DAYS[span]
    if days is None:
        return None, None
    if days:
        return today - timedelta(days=days - 1), today
    chosen = st.date_input("Days", value=(today - timedelta(days=13), today), max_value=today, key="days")
    both = chosen if isinstance(chosen, tuple) else (chosen,)
    # One of two while the other is still to be chosen.
    return (both[0], both[-1]) if both else (None, None)


def _named(label: str, names: Mapping[int, str], place: "st.delta_generator.DeltaGenerator") -> int | None:
    """Of things that have an id; one that was chosen and is gone is chosen no more."""
    if st.session_state.get(f"only-{label}") not in names:
        st.session_state.pop(f"only-{label}", None)
    chosen: int | None = place.selectbox(
        label,
        list(names),
        index=None,
        placeholder="All",
        format_func=lambda id_: names.get(id_, ""),
        key=f"only-{label}",
    )
    return chosen


def _one(
    label: str, values: Sequence[str], place: "st.delta_generator.DeltaGenerator", *, none: str = ""
) -> str | None:
    chosen: str | None = place.selectbox(
        label, values, index=None, placeholder="All", format_func=lambda value: value or none, key=f"only-{label}"
    )
    return chosen
