"""Prompts: their versions, another one written from one of them, what differs, and which is everybody's default."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from assistant.desk import Desk
from assistant.prompts import QUOTE, PromptError, PromptVersion
from pages.evaluation.experiment import draw_experiment
from pages.labels import as_label

_TEXT_HEIGHT = 420


def draw_prompts(desk: Desk) -> None:
    """The whole section."""
    names = desk.prompts.names()
    left, right = st.columns(2)
    name = left.selectbox(
        "Prompt",
        names,
        index=names.index(desk.prompts.default.partition("@")[0]),
        key="prompt",
        bind="query-params",
    )
    versions = desk.prompts.versions(name)
    version = right.selectbox("Version", versions, format_func=_called, key=f"version-{name}-{len(versions)}")
    _draw_default(desk, version)
    view = st.segmented_control(
        "View",
        ["Text", "Differences", "Experiment"],
        default="Experiment" if name == QUOTE else "Text",
        required=True,
        key="prompt-view",
        label_visibility="collapsed",
    )
    if view == "Differences":
        _draw_differences(desk, versions)
    elif view == "Experiment":
        draw_experiment(desk, version)
    elif name == QUOTE:
        st.markdown("“quote” answers without a model: there is nothing to write in it. It is the one to beat.")
    else:
        _draw_text(desk, version)


def _called(version: PromptVersion) -> str:
    when = f"written {version.written_at:%d %b %Y, %H:%M}" if version.written_at else "came with the desk"
    return f"{version.id} · {when}"


def _said(version: PromptVersion) -> str:
    return " · ".join(filter(None, [version.prompt.label, version.prompt.description]))


def _draw_default(desk: Desk, version: PromptVersion) -> None:
    default = desk.prompts.default
    shown = version.name if version.name == QUOTE else version.id
    with st.container(horizontal=True, vertical_alignment="center"):
        if default in (shown, version.id):
            st.badge("Everybody's default", icon=":material/check:", color="green")
        elif st.button(f"Make {shown} everybody's default", icon=":material/star:"):
            desk.prompts.set_default(shown)
            st.toast(f"Questions are answered with {as_label(shown)} until somebody chooses otherwise.")
            st.rerun()
        if default not in (shown, version.id):
            st.html(f'<span class="facts">Now it is {escape(default)}.</span>')
        st.html(f'<span class="facts">{escape(_said(version))}</span>')


def _draw_text(desk: Desk, version: PromptVersion) -> None:
    with st.form(f"prompt-{version.id}", border=False):
        text = st.text_area(
            "Text",
            version.text,
            height=_TEXT_HEIGHT,
            help="A head between lines of three dashes; then “# System”, examples as “# Example” and “# Example"
            " answer”, and “# Question” with {passages} and {question}.",
        )
        name = st.text_input(
            "Name", version.name, max_chars=40, help="Another name begins a new prompt; this one gets a new version."
        )
        sent = st.form_submit_button("Save as a new version", type="primary", icon=":material/save:")
    if not sent:
        return
    try:
        saved = desk.prompts.save(name.strip(), text)
    except PromptError as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    if saved.id == version.id:
        st.info("This says what the version says already: nothing new is kept.", icon=":material/info:")
        return
    st.toast(f"Saved as {as_label(saved.id)}. Try it under “Experiment” before you make it the default.")
    if saved.name == version.name:
        st.rerun()
    st.info(f"“{as_label(saved.id)}” is kept: choose it above.", icon=":material/check:")


def _draw_differences(desk: Desk, versions: Sequence[PromptVersion]) -> None:
    if len(versions) < 2:
        st.markdown("There is one version only: change its text and save it to have another.")
        return
    left, right = st.columns(2)
    ids = [version.id for version in versions]
    before = left.selectbox("From", ids, index=1, key=f"before-{ids[0]}")
    after = right.selectbox("To", ids, index=0, key=f"after-{ids[0]}")
    lines = [line for line in desk.prompts.difference(before, after)[2:] if not line[1:].startswith("version:")]
    if not lines:
        st.markdown("These say the same.")
        return
    st.html(f'<div class="diff">{"".join(map(_line_html, lines))}</div>')


def _line_html(line: str) -> str:
    looks = {"+": "added", "-": "gone"}.get(line[:1], "")
    said = "…" if line.startswith("@@") else line
    return f'<span class="{looks}">{escape(said) or " "}</span>'
