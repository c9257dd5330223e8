"""What is asked about: topics, with what people think and what is missing of each."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from assistant.desk import Desk
from assistant.insights import Selection
from assistant.insights.figures import OTHERS, TopicUse
from pages.insights.opening import open_rows

_MISSING = "Not in the documents"


def keep_grouped(desk: Desk) -> None:
    """Have questions grouped in the background, where enough new ones were asked."""
    if desk.topics.is_due():
        desk.topics.submit()


def draw_grouping(desk: Desk) -> None:
    """Say so while questions are being grouped, and show the topics once they are there."""
    if desk.topics.is_under_way():
        _watch(desk)


@st.fragment(run_every=2)
def _watch(desk: Desk) -> None:
    if not desk.topics.is_under_way():
        st.rerun()
    st.caption(":material/hourglass: Questions are being grouped by what they mean …")


def draw_topics(topics: Sequence[TopicUse], selection: Selection) -> None:
    """A table; a click on a topic opens its questions, one on what is missing those that were not answered."""
    if not topics:
        return
    st.markdown("**What is asked about**")
    chosen = st.dataframe(
        [
            {
                "Topic": topic.name or OTHERS,
                "Asked": topic.questions,
                _MISSING: topic.missing,
                "Up": topic.satisfaction.count,
                "Down": topic.satisfaction.of - topic.satisfaction.count,
                "For example": topic.example,
            }
            for topic in topics
        ],
        width="stretch",
        height="content" if len(topics) < 8 else 300,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-cell",
        column_config={
            "Topic": st.column_config.TextColumn(width="medium"),
            "For example": st.column_config.TextColumn(width="large"),
        },
        key="insights-topics",
        alt="Topics, the most asked first",
    )
    st.caption(
        "Questions that mean something similar, grouped by their embeddings. A click opens the answers behind it."
    )
    for row, column in chosen["selection"]["cells"]:
        topic = topics[row]
        asked = {_MISSING: {"outcome": "not-found"}, "Up": {"vote": 1}, "Down": {"vote": -1}}.get(column, {})
        only = f" · {column}" if asked else ""
        open_rows(replace(selection, topic=topic.id, **asked), f"{topic.name or OTHERS}{only}")  # type: ignore[arg-type]
