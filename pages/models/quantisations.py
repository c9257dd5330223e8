"""The quantisations of a model side by side, measured when somebody asks."""

from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.improvement.improvement import PROBLEMS
from assistant.improvement.quantisations import Quantisations
from pages.labels import as_label

_HEAD = ("", "MB", "Reads, tokens/s", "Writes, tokens/s", "Like F16", "KL", "F1", "Decides rightly")


def draw_quantisations(desk: Desk, name: str) -> None:
    """The table where there is one, and the way to it where there is none."""
    with st.expander("Quantisations"):
        table = desk.improvement.quantisations(name)
        if table is not None:
            st.markdown(as_label(table.says))
            st.html(_table_html(table))
            return
        st.caption("Each is written, and asked the rows that the model did not learn from: some minutes.")
        if st.button("Compare", icon=":material/balance:", key=f"compare-quantisations-{name}"):
            try:
                desk.improvement.start_comparing(name)
            except PROBLEMS as error:
                st.error(as_label(str(error)), icon=":material/error:")
            else:
                st.rerun()


def _table_html(table: Quantisations) -> str:
    head = "".join(f"<th>{escape(label)}</th>" for label in _HEAD)
    best = table.recommended.kind
    rows = ""
    for one in table.kinds:
        told = (
            f"{one.kind} (recommended)" if one.kind == best else one.kind,
            f"{one.bytes / 2**20:.0f}",
            f"{one.read_rate:.0f}",
            f"{one.write_rate:.0f}",
            f"{one.top_1:.1%}",
            f"{one.kl:.3f}",
            f"{one.answer_f1:.2f}",
            f"{one.decision_accuracy:.0%}",
        )
        rows += "<tr>" + "".join(f"<td>{escape(text)}</td>" for text in told) + "</tr>"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
