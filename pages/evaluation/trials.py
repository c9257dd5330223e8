"""Trials: a share of new conversations is answered in another way, and how both stand."""

import streamlit as st

from assistant.conversations import Choices
from assistant.desk import Desk
from assistant.trials import ArmStanding, Standing, TrialError
from assistant.trials.trial import named
from models.backend import BackendError
from pages.labels import as_label

_INTERVAL = (
    "The interval holds however often you look: a trial may be ended on the day that it leaves zero. It counts "
    "conversations with a thumb, in the order in which they began."
)


def draw_trials(desk: Desk) -> None:
    """The whole section."""
    st.markdown(
        "A share of new conversations is answered in another way. Who chooses otherwise in the sidebar is not counted, "
        "and what has begun goes on as it began."
    )
    trials = desk.trials.list()
    if not any(trial.ended_at is None for trial in trials):
        _draw_beginning(desk)
    for trial in trials:
        with st.container(border=True, key=f"trial-{trial.id}"):
            _draw(desk, desk.trials.standing(trial))


def _draw_beginning(desk: Desk) -> None:
    with st.container(border=True, key="new-trial"):
        left, middle, right = st.columns(3)
        backend = left.selectbox("Challenger", desk.backends.kinds(), key="trial-backend")
        try:
            models = desk.backends.models(backend)
        except BackendError as error:
            st.caption(as_label(str(error)))
            models = []
        model = middle.selectbox("Its model", models, key=f"trial-model-{backend}") if models else None
        names = desk.prompts.names()
        prompt = right.selectbox(
            "How it answers",
            names,
            index=names.index("direct") if "direct" in names else 0,
            format_func=lambda name: as_label(desk.prompts.load(name).label),
            key="trial-prompt",
        )
        share = st.slider("Share of new conversations, in %", 5, 95, 20, step=5, key="trial-share")
        if st.button("Begin", type="primary", icon=":material/science:"):
            try:
                desk.trials.begin(Choices(backend=backend, model=model, prompt=prompt), share=share / 100)
            except TrialError as error:
                st.error(as_label(str(error)), icon=":material/error:")
            else:
                st.rerun()


def _draw(desk: Desk, standing: Standing) -> None:
    trial = standing.trial
    until = f"until {trial.ended_at:%d %b %Y}" if trial.ended_at else "running"
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(f"**{trial.share:.0%} of new conversations** since {trial.began_at:%d %b %Y}, {until}")
        if trial.ended_at is None and st.button("End", icon=":material/stop_circle:", key=f"end-{trial.id}"):
            desk.trials.end(trial.id)
            st.rerun()
    st.markdown(standing.verdict)
    for column, label, choices, arm in zip(
        st.columns(2),
        ("Usual", "Challenger"),
        (trial.usual, trial.challenger),
        (standing.usual, standing.challenger),
        strict=True,
    ):
        with column:
            st.markdown(f"{label}: {as_label(named(choices))}")
            _draw_arm(arm, desk.settings.prices.currency)
    if standing.satisfaction is not None:
        gain = standing.satisfaction
        st.caption(
            f"Contentment, challenger minus usual: {gain.value:+.0%} [{gain.low:+.0%}, {gain.high:+.0%}]",
            help=_INTERVAL,
        )


def _draw_arm(arm: ArmStanding, currency: str) -> None:
    content, wait = st.columns(2)
    content.metric("Content", "–" if arm.satisfaction is None else f"{arm.satisfaction:.0%}")
    wait.metric("An answer takes", "–" if arm.wait_s is None else f"{arm.wait_s:.1f} s")
    cost = "" if arm.cost is None else f" · {as_label(currency)}{arm.cost:.4f} a conversation"
    counted = f"{_counted(arm.conversations, 'conversation')} · {_counted(arm.answers, 'answer')}"
    st.caption(f"{counted} · {arm.up} up · {arm.down} down{cost}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
