"""Why nothing is to be learnt from a row."""

from collections.abc import Sequence

from assistant.data_sets.rows import Row
from assistant.rails import Rails


def refusal(row: Row, answers: Sequence[str], *, rails: Rails, system: str, most_words: int) -> str | None:
    """In words; a rail that stops it when it is asked would stop it here too. None where it can be learnt from."""
    verdict = rails.check_question(row.question)
    if verdict.stops:
        return f"its question is stopped by the rail “{verdict.rail}”"
    for answer in answers:
        if len(answer.split()) > most_words:
            return f"its answer has more than {most_words} words"
        # What is an instruction in a question is none that an answer should teach.
        verdict = rails.check_question(answer)
        if not verdict.stops:
            verdict = rails.check_answer(answer, question=row.question, system=system)
        if verdict.stops:
            return f"its answer is stopped by the rail “{verdict.rail}”"
    return None
