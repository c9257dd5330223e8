"""A model: where it stands, what the gate said of it, how it came to be, and what can be done with it."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from assistant.desk import Desk
from assistant.evaluation.measures import MEASURES
from assistant.improvement.criteria import criteria_of
from assistant.registry.errors import RegistryError
from assistant.registry.registry import Entry
from assistant.registry.students import Student
from assistant.registry.verdict import Verdict
from models.gguf import ModelFileError
from pages.labels import as_label
from pages.models.quantisations import draw_quantisations
from pages.models.under_way import draw_losses

_WORK: Mapping[Student | None, str] = {
    "answering": " · for answers",
    "summarising": " · for summaries",
    None: "",
}


def draw_card(desk: Desk, person: str, entry: Entry) -> None:
    """The whole of it."""
    card = entry.card
    with st.container(border=True, key=f"model-{card.sha256[:12]}"):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{as_label(card.name)}** · {entry.says}{_WORK[entry.student]}")
            _draw_actions(desk, person, entry)
        facts = f"{card.quantisation} · {card.bytes / 2**20:.0f} MB · {card.parameters / 1e6:.0f} million parameters"
        st.caption(as_label(facts))
        if entry.mark:
            st.warning(as_label(entry.mark), icon=":material/history:")
        if entry.kept is not None:
            _draw_verdict(entry.kept.verdict, criteria_of(entry.student or "answering").shown)
            if entry.kept.override_reason:
                st.caption(f"Let through all the same: {as_label(entry.kept.override_reason)}")
        if card.made is not None:
            with st.expander("How it was made"):
                draw_losses(desk.improvement.losses(card.name))
                st.html(_lineage_html(card.made))
            draw_quantisations(desk, card.name)


def _draw_actions(desk: Desk, person: str, entry: Entry) -> None:
    name = entry.card.name
    registry = desk.registry
    with st.container(horizontal=True, width="content"):
        if entry.is_promoted:
            _draw_act(
                "Roll back",
                "undo",
                f"rollback-{name}",
                lambda why: registry.rollback(by=person, reason=why, student=entry.student or "answering"),
            )
        elif entry.is_offered:
            _draw_act(
                "Promote", "rocket_launch", f"promote-{name}", lambda why: registry.promote(name, by=person, reason=why)
            )
        elif entry.kept is not None and not entry.is_retired:
            _draw_act(
                "Promote against the gate",
                "gavel",
                f"override-{name}",
                lambda why: registry.promote(name, by=person, reason=why, override=True),
            )
        if entry.card.added_at is not None and not entry.is_retired:
            _draw_act(
                "Retire", "inventory_2", f"retire-{name}", lambda why: registry.retire(name, by=person, reason=why)
            )


def _draw_act(label: str, icon: str, key: str, act: Callable[[str], object]) -> None:
    """A button that asks why, and then does it."""
    with st.popover(label, icon=f":material/{icon}:", key=f"ask-{key}"), st.form(key, border=False):
        reason = st.text_input("Why", max_chars=200, help="It is kept with the decision.")
        if st.form_submit_button(label, type="primary"):
            try:
                act(reason)
            except (ModelFileError, RegistryError) as error:
                st.error(as_label(str(error)), icon=":material/error:")
            else:
                st.rerun()


def _draw_verdict(verdict: Verdict, shown: Sequence[str]) -> None:
    says = f"The gate: {'passed' if verdict.accepted else 'not passed'}. {verdict.says}"
    st.markdown(as_label(says))
    with st.expander("What it was held to"):
        lines = (f"<li>{'✓' if reason.passed else '✗'} {escape(reason.says)}</li>" for reason in verdict.reasons)
        st.html(f"<ul>{''.join(lines)}</ul>{_scores_html(verdict, shown)}")


def _scores_html(verdict: Verdict, shown: Sequence[str]) -> str:
    """Sets and models against measures."""
    head = "".join(f"<th>{escape(MEASURES[name].label)}</th>" for name in shown)
    rows = "".join(
        f"<tr><td>{escape(of)}</td><td>{escape(model)}</td>"
        + "".join(f"<td>{_number(scores.get(name))}</td>" for name in shown)
        + "</tr>"
        for of, models in verdict.scores.items()
        for model, scores in models.items()
    )
    return f"<table><thead><tr><th>Rows</th><th>Model</th>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _lineage_html(made: Mapping[str, Any]) -> str:
    teacher = made.get("teacher")
    recipe, loss = made["recipe"], made["loss"]
    proposed = made.get("proposed")
    unreviewed = f", {len(proposed)} learnt from that nobody had reviewed" if proposed else ""
    facts = {
        "Made": made.get("kind", ""),
        "From": f"{made['base']['name']} ({made['base']['sha256'][:12]})",
        "Data set": f"{made['data_set']}, version {made['data_set_version'][:12]}, {len(made.get('rows', {}))} rows",
        "Lessons": f"{made.get('lessons', 0)}, {len(made.get('refused', {}))} rows refused{unreviewed}",
        "Prompt": made.get("prompt", ""),
        "Teacher": f"{teacher['backend']}: kept {teacher['kept']} of {teacher['asked']}" if teacher else "nobody",
        "Recipe": f"LoRA rank {recipe['rank']}, learning rate {recipe['learning_rate']:g}, seed {made['seed']},"
        f" {made.get('strength', 1.0):.0%} of it added{', base in 4 bits' if recipe.get('four_bit') else ''}",
        "Held-out loss": f"{loss['before']:.3f}, then {loss['after']:.3f}, best at step {loss['best_step']}",
        "Time": f"{made.get('seconds', 0):.0f} s on {made.get('device', '')}",
    }
    if "ablation" in made:
        facts["Was it worth it?"] = made["ablation"]["says"]
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(str(said))}</td></tr>" for name, said in facts.items())
    return f"<table>{rows}</table>"
