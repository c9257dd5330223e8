"""A row of a run: what was asked and expected, what was found and answered, and why it counts as it does."""

from html import escape

import streamlit as st

from assistant.data_sets.rows import Row
from assistant.evaluation.explaining import why
from assistant.evaluation.figures import number
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.ranking import holds
from assistant.evaluation.report import marked, verdict
from assistant.evaluation.results import Hit, Result
from assistant.evaluation.summaries import Asked

_GOOD = ("right",)
_BAD = ("wrong", "refused", "false answer", "stopped", "failed")
_FIRST = 5
"""Passages that are shown at once."""


def draw_row(asked: Asked) -> None:
    """Everything of it, two columns wide where there is room."""
    left, right = st.columns(2, gap="large")
    with left:
        st.html(question_html(asked.row) + answer_html(asked) + expected_html(asked.row))
    with right:
        st.html(passages_html(asked))
    with st.expander("Measures of this row", icon=":material/straighten:"):
        st.html(_measures_html(asked))


def question_html(row: Row) -> str:
    """What was asked, after what was said before."""
    said = "".join(f"<li><b>{escape(message.role)}</b> {escape(message.content)}</li>" for message in row.history)
    before = f'<div class="label">Before</div><div class="said"><ul>{said}</ul></div>' if said else ""
    return f'{before}<div class="label">Question · {escape(row.id)}</div><div class="said">{escape(row.question)}</div>'


def answer_html(asked: Asked) -> str:
    """How it came out, what was answered with its citations, and why it counts as it does."""
    result, out = asked.result, verdict(asked)
    looks = "right" if out in _GOOD else "wrong" if out in _BAD else "open"
    sure = f" · confidence {result.confidence:.2f}" if result.confidence is not None else ""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in why(asked))
    cited = "".join(
        f"<li>[{one.n}] {escape(one.document)}{f', page {one.page}' if one.page else ''}: “{escape(one.quote)}”</li>"
        for one in result.citations
    )
    return "".join(
        [
            f'<div class="label">Answer{sure}</div><div class="said"><span class="verdict {looks}">{out}</span></div>',
            f'<div class="said">{_marked_html(result)}</div>',
            f'<div class="label">Why</div><div class="said"><ul>{reasons}</ul></div>' if reasons else "",
            f'<div class="label">Cites</div><div class="said"><ul>{cited}</ul></div>' if cited else "",
            *(
                f'<div class="label">Judged: {escape(opinion.rubric)}</div><div class="said">'
                f"{opinion.score if opinion.score is not None else 'no judgement'} · {escape(opinion.reason)}</div>"
                for opinion in result.opinions
            ),
        ]
    )


def expected_html(row: Row) -> str:
    """What a good answer holds, and where it stands."""
    if not row.answerable:
        golds = "The documents do not answer this."
    else:
        golds = "<ul>" + "".join(f"<li>{escape(answer)}</li>" for answer in row.answers) + "</ul>"
    sources = "".join(
        f"<li>{escape(source.document)}{f', page {source.page}' if source.page else ''}"
        f"{f': “{escape(source.quote)}”' if source.quote else ''}</li>"
        for source in row.sources
    )
    where = f'<div class="label">Stands in</div><div class="said"><ul>{sources}</ul></div>' if sources else ""
    return f'<div class="label">Expected</div><div class="said">{golds}</div>{where}'


def passages_html(asked: Asked) -> str:
    """What was found, best first; those that hold a source are marked."""
    result = asked.result
    searched = f" for “{escape(result.searched)}”" if result.searched != asked.row.question else ""
    found = [hit_html(place, hit, asked.row) for place, hit in enumerate(result.passages, start=1)]
    rest = f"<details><summary>{len(found) - _FIRST} more</summary>{''.join(found[_FIRST:])}</details>"
    return "".join(
        [
            f'<div class="label">{len(found)} passages found{searched}</div>',
            *found[:_FIRST],
            rest if len(found) > _FIRST else "",
        ]
    )


def hit_html(place: int, hit: Hit, row: Row) -> str:
    """One passage with its place and score."""
    is_gold = any(holds(hit, source, "quote" if source.quote else "document") for source in row.sources)
    page = f", page {hit.page}" if hit.page else ""
    heading = f" · {escape(hit.heading)}" if hit.heading else ""
    gold = " · holds the source" if is_gold else ""
    return (
        f'<div class="hit{" gold" if is_gold else ""}">'
        f'<div class="where">{place}. {escape(hit.document)}{page}{heading} · score {hit.score:.4f}{gold}</div>'
        f'<div class="text" tabindex="0">{escape(hit.text)}</div></div>'
    )


def _marked_html(result: Result) -> str:
    pieces = []
    for text, judgement in marked(result):
        if judgement is not None and judgement.is_claim and not judgement.supported:
            pieces.append(f'<span class="unsupported" title="{escape(judgement.reason)}">{escape(text)}</span>')
        else:
            pieces.append(escape(text))
    return "".join(pieces) or "Only passages were asked for."


def _measures_html(asked: Asked) -> str:
    lines = "".join(
        f'<tr title="{escape(MEASURES[name].about)}"><th>{escape(MEASURES[name].label)}</th>'
        f"<td>{number(MEASURES[name], value)}</td></tr>"
        for name, value in asked.measures.items()
        if value is not None and name in MEASURES
    )
    steps = "".join(
        f"<tr><th>{escape(name)}</th><td>{seconds:.3f} s</td></tr>" for name, seconds in asked.result.stages.items()
    )
    return (
        f'<div class="measures"><table><caption>Measures</caption>{lines}</table>'
        f"<table><caption>Steps of the turn</caption>{steps}</table></div>"
    )
