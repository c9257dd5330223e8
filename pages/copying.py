"""A button that copies an answer with its sources, and says that it did; what else people copy is not seen."""

import streamlit as st

from assistant.answered import Answered
from assistant.conversations import KeptTurn
from assistant.desk import Desk

_HTML = """
<button type="button">
  <svg viewBox="0 0 24 24" aria-hidden="true"><path fill="currentColor" d="M16 1H4a2 2 0 0 0-2 2v14h2V3h12zm3
  4H8a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h11a2 2 0 0 0 2-2V7a2 2 0 0 0-2-2m0 16H8V7h11z"/></svg><span
  aria-live="polite">Copy</span>
</button>
"""
_CSS = """
button {
  display: inline-flex; align-items: center; gap: .5rem; min-height: 2.5rem; padding: 0; border: 0; cursor: pointer;
  background: none; color: var(--st-text-color); font: inherit; font-size: .875rem;
  border-radius: .25rem; white-space: nowrap;
}
button:hover { color: var(--st-primary-color); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
svg { width: 1rem; height: 1rem; }
"""
# A page that is served without TLS from another machine has no clipboard: the old way serves there.
_JS = """
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}
export default function ({ parentElement, data, setTriggerValue }) {
  const button = parentElement.querySelector("button"), label = button.querySelector("span");
  button.onclick = async () => {
    await copy(data.text);
    label.textContent = "Copied";
    setTimeout(() => { label.textContent = "Copy"; }, 2000);
    setTriggerValue("copied", true);
  };
}
"""
_button = st.components.v2.component("refdesk.copy", html=_HTML, css=_CSS, js=_JS)


def draw_copy(desk: Desk, person: str, turn: KeptTurn) -> None:
    """Copies what the answer says, and under it what its numbers stand for."""
    finished = turn.answered.finished
    if finished is None or not finished.answer.strip():
        return

    def copied() -> None:
        desk.feedback.notice(person, turn.id, "copied")

    _button(key=f"copy-{turn.id}", data={"text": _text(turn.answered)}, on_copied_change=copied, width="content")


def _text(answered: Answered) -> str:
    assert answered.finished is not None
    cited = dict.fromkeys((one.n, one.document, one.page) for one in answered.finished.citations)
    sources = [f"[{n}] {document}{f', page {page}' if page else ''}" for n, document, page in cited]
    return "\n".join([answered.finished.answer.strip(), *([""] if sources else []), *sources])
