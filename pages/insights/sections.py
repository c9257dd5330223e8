"""What stands below the most important figures, the most telling first."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from assistant.diagnosis import FAULTS
from assistant.facts import OUTCOMES
from assistant.insights import Selection
from assistant.insights.export import figures_csv
from assistant.insights.figures import OTHERS, DocumentUse, Figures, Kind
from assistant.share import Share
from assistant.signals import SIGNALS
from pages.insights.opening import open_rows
from pages.insights.plots import draw_cost, draw_days, draw_satisfaction, draw_stages
from pages.insights.topics import draw_topics

_BY = {"backend": "Written by", "model": "Model", "prompt": "Prompt", "collection": "Collection", "topic": "Topic"}
_TOPICS = 12
"""That are drawn."""
_THUMBS = "Thumbs on answers that cite it"
_MARKS = "Answers in which who asked marked it as the {} source"


def draw_sections(figures: Figures, selection: Selection, *, currency: str, agreement: Share) -> None:
    """All of them. `agreement` is that of people with diagnoses, on all days."""
    st.markdown("**Questions over time**")
    clicked = draw_days(figures.days)
    if clicked is not None:
        day, outcome = clicked
        open_rows(replace(selection, since=day, until=day, outcome=outcome), f"{OUTCOMES[outcome]}, {day:%d %b %Y}")
    draw_topics(figures.topics, selection)
    _draw_unanswered(figures, selection)
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown("**What people think**")
        by = st.segmented_control(
            "By",
            list(_BY),
            format_func=lambda name: _BY[name],
            default="backend",
            required=True,
            key="thumbs-by",
            label_visibility="collapsed",
            wrap=True,
        )
        _draw_thumbs(figures, selection, by or "backend")
    with right:
        st.markdown("**What takes how long**")
        stage = draw_stages(figures.stages)
        if stage is not None:
            slowest = replace(selection, slow=stage.column, slow_s=stage.seconds.p95)
            open_rows(slowest, f"The slowest: {stage.name}")
    left, right = st.columns(2, gap="large")
    faults: Mapping[str, str] = {str(name): says for name, says in FAULTS.items()}
    with left:
        st.markdown("**What went wrong**")
        _draw_counts("fault", figures.faults, selection, names=faults, none="No answer was looked into yet.")
        if agreement.value is not None:
            likely = f"95% within {agreement.low:.0%} and {agreement.high:.0%}"
            st.caption(
                f"People have looked at {agreement.of} of all diagnoses and said the same {agreement.count} times"
                f" ({agreement.value:.0%}, {likely})."
            )
    with right:
        st.markdown("**Rails that stopped a question**")
        _draw_counts("rail", figures.rails, selection, names={}, none="No rail has stopped a question.")
    if figures.signals:
        st.markdown("**What people did with answers**")
        _draw_counts("signal", figures.signals, selection, names=SIGNALS, none="")
        st.caption("Seen without anybody saying it: no thumb is made of it.")
    _draw_documents(figures, selection)
    if any(day.cost for day in figures.days):
        st.markdown("**Cost over time**")
        paid = draw_cost(figures.days, currency=currency)
        if paid is not None:
            open_rows(replace(selection, since=paid, until=paid), f"{paid:%d %b %Y}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Figures as CSV",
            lambda: figures_csv(figures),
            file_name="insights.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )
        st.caption("Days are in UTC. People are counted and never shown.")


def _draw_thumbs(figures: Figures, selection: Selection, by: str) -> None:
    if by == "topic":
        topics = {topic.name or OTHERS: topic for topic in figures.topics[:_TOPICS]}
        kinds = [
            Kind(name=name, questions=topic.questions, satisfaction=topic.satisfaction)
            for name, topic in topics.items()
        ]
        chosen = draw_satisfaction(kinds, none="")
        if chosen is not None:
            open_rows(replace(selection, topic=topics[chosen].id, vote=0), f"Thumbs: {chosen}")
        return
    chosen = draw_satisfaction(figures.kinds[by], none="quotes alone")
    if chosen is not None:
        only: Any = {by: chosen}
        open_rows(replace(selection, vote=0, **only), f"Thumbs: {chosen or 'quotes alone'}")


def _draw_unanswered(figures: Figures, selection: Selection) -> None:
    if not figures.unanswered:
        return
    st.markdown("**Asked, and not in the documents**")
    row = _table(
        "unanswered",
        [{"Asked": group.times, "Question": group.question} for group in figures.unanswered],
        {
            "Question": st.column_config.TextColumn(width=600),
            "Asked": st.column_config.NumberColumn(width=75, format="%d ×"),
        },
        alt="Questions that the documents do not answer, the most asked first",
    )
    if row is not None:
        group = figures.unanswered[row]
        open_rows(
            replace(selection, wording=group.wording, outcome="not-found"), f"Not in the documents: {group.question}"
        )


def _draw_counts(
    column: str, counts: Mapping[str, int], selection: Selection, *, names: Mapping[str, str], none: str
) -> None:
    if not counts:
        st.caption(none)
        return
    keys = list(counts)
    row = _table(
        column,
        [{"Answers": counts[key], "What": names.get(key, key)} for key in keys],
        {"What": st.column_config.TextColumn(width=400), "Answers": st.column_config.NumberColumn(width=75)},
        alt="Counted, the most first",
    )
    if row is not None:
        key = keys[row]
        only: Any = {column: key}
        open_rows(replace(selection, **only), names.get(key, key))


def _draw_documents(figures: Figures, selection: Selection) -> None:
    if not figures.documents:
        return
    st.markdown("**Documents**")
    order = st.segmented_control(
        "Order",
        ["Most useful", "Least useful"],
        default="Most useful",
        required=True,
        key="documents-order",
        label_visibility="collapsed",
    )
    documents = list(figures.documents)
    if order == "Least useful":
        documents.reverse()
    documents = documents[:100]
    row = _table(
        "documents",
        [_document(use) for use in documents],
        {
            "Document": st.column_config.TextColumn(width="medium"),
            "Up": st.column_config.NumberColumn(help=_THUMBS),
            "Down": st.column_config.NumberColumn(help=_THUMBS),
            "Right": st.column_config.NumberColumn(help=_MARKS.format("right")),
            "Wrong": st.column_config.NumberColumn(help=_MARKS.format("wrong")),
        },
        alt="Documents with how often they were found and cited",
    )
    if row is not None:
        use = documents[row]
        open_rows(replace(selection, document=use.id), use.name)


def _document(use: DocumentUse) -> dict[str, Any]:
    share = use.satisfaction
    return {
        "Document": use.name,
        "Collection": use.collection,
        "Found": use.found,
        "Cited": use.cited,
        "Up": share.count,
        "Down": share.of - share.count,
        "Right": use.right,
        "Wrong": use.wrong,
        "Added": use.added_at,
    }


def _table(key: str, lines: list[dict[str, Any]], columns: dict[str, Any], *, alt: str) -> int | None:
    """A table whose rows can be opened; the row that was."""
    chosen = st.dataframe(
        lines,
        width="stretch",
        height="content" if len(lines) < 8 else 300,
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config=columns,
        key=f"insights-{key}",
        alt=alt,
    )
    rows = chosen["selection"]["rows"]
    return rows[0] if rows else None
