"""Making a new model: what it learns from, how, and what a teacher would cost."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from assistant.desk import Desk
from assistant.improvement.improvement import PROBLEMS
from assistant.improvement.order import Order, Scope, usual_samples
from assistant.prompts import QUOTE, SUMMARY
from assistant.registry.students import Student
from models.tuning import KINDS, REDUCED, Recipe, has_four_bit
from pages.labels import as_label

_RECIPES = {"Full: up to an hour on two cores": Recipe(), "Reduced: minutes, for a first look": REDUCED}
_REDUCED_ROWS = 10
_LEARNS: Mapping[Student, str] = {"answering": "To answer", "summarising": "To summarise, from rows of summaries"}


def draw_start(desk: Desk) -> None:
    """A form behind an expander."""
    sets = {one.name: one.counts["approved"] for one in desk.data_sets.list() if one.counts["approved"]}
    if not sets:
        st.info(
            "There are no approved rows to learn from yet: they come from the Review page, or from the data sets on "
            "the Evaluation page.",
            icon=":material/info:",
        )
        return
    with st.expander("Make a model", icon=":material/model_training:"), st.form("make-model", border=False):
        left, right = st.columns(2)
        data_set = left.selectbox("Data set", list(sets), format_func=lambda name: f"{name} ({sets[name]} rows)")
        name = right.text_input("Name", max_chars=60, placeholder="One is made from the data set's")
        bases = [entry.card.name for entry in desk.registry.entries() if entry.card.made is None]
        base = left.selectbox(
            "Begin with",
            bases,
            index=bases.index(desk.settings.local.model) if desk.settings.local.model in bases else 0,
            help="Always an untouched model: else errors add up.",
        )
        student = right.selectbox("What it learns", list(_LEARNS), format_func=lambda one: _LEARNS[one])
        prompts = [one for one in desk.prompts.names() if one != QUOTE]
        prompt = right.selectbox(
            "How it will answer",
            prompts,
            help="One that writes summaries is asked in its own way.",
            index=prompts.index("direct") if "direct" in prompts else 0,
        )
        teacher = left.selectbox(
            "Teacher",
            [None, *desk.backends.kinds()],
            format_func=lambda kind: kind or "nobody",
            help="Writes further answers from the right passage alone; those that hold are learnt from, too.",
        )
        kind = right.selectbox("Quantisation", list(KINDS), index=list(KINDS).index("Q8_0"))
        recipe, strength, scope = _draw_recipe(left)
        proposed = st.checkbox(
            "Learn from rows that wait for a review, too",
            help="At half the weight of approved ones; by these alone it is judged.",
        )
        if st.form_submit_button("Start", type="primary", icon=":material/play_arrow:"):
            _start(
                desk,
                Order(
                    name=name.strip() or desk.improvement.free_name(data_set),
                    data_set=data_set,
                    base=base,
                    student=student,
                    prompt=SUMMARY if student == "summarising" else prompt,
                    teacher=teacher,
                    samples=usual_samples(teacher),
                    proposed=proposed,
                    quantisation=kind,
                    strength=strength,
                    recipe=recipe,
                    scope=scope,
                ),
            )


def _draw_recipe(column: DeltaGenerator) -> tuple[Recipe, float, Scope]:
    """How it is to learn, what share of that is added, and how much the gate asks."""
    recipe = _RECIPES[column.selectbox("Recipe", list(_RECIPES))]
    rate, passes, share = st.columns(3)
    learning_rate = rate.number_input(
        "Learning rate",
        min_value=1e-6,
        max_value=1.0,
        value=None,
        step=1e-4,
        format="%g",
        placeholder="The recipe's",
        help="Lower where a training diverges.",
    )
    epochs = passes.number_input(
        "Times over the rows", min_value=1, max_value=100, value=None, placeholder="The recipe's"
    )
    strength = share.slider(
        "Share of it that is added, %",
        min_value=5,
        max_value=100,
        value=round(100 * Order.strength),
        step=5,
        help="Of what is learnt: less keeps more of what the base can.",
    )
    less_memory = st.checkbox("Keep about half in memory meanwhile, and compute longer")
    four_bit = st.checkbox(
        "Hold the base in 4 bits meanwhile (QLoRA)",
        disabled=not has_four_bit(),
        help="A big one in an eighth." if has_four_bit() else "It needs bitsandbytes: see docs/install.md.",
    )
    changed = replace(
        recipe.but(learning_rate=learning_rate, epochs=epochs), four_bit=four_bit, gradient_checkpointing=less_memory
    )
    return changed, strength / 100, Scope(rows=_REDUCED_ROWS, attacks=2) if recipe == REDUCED else Scope()


def _start(desk: Desk, order: Order) -> None:
    try:
        desk.improvement.start(order)
    except PROBLEMS as error:
        st.error(as_label(str(error)), icon=":material/error:")
        return
    st.rerun()
