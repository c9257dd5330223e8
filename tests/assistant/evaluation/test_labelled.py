import json
from pathlib import Path
from typing import Any

import pytest

from assistant.data_sets.rows import RowsError
from assistant.evaluation.judge import Judge
from assistant.evaluation.labelled import agree, read_labelled
from assistant.rails import Rails
from models.hosted import HostedBackend
from tests.models.hosted.misbehaving import KEY, Server, piece, streams, usage


def written(path: Path, *records: object) -> Path:
    path.write_text("\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")
    return path


def test_a_judge_is_held_against_people(tmp_path: Path) -> None:
    records = [
        {"question": "?", "answer": f"It is {n}.", "passages": ["It is 1."], "scores": {"faithfulness": score}}
        for n, score in enumerate([1, 2, 4, 5], start=1)
    ]
    labelled = read_labelled(written(tmp_path / "labelled.jsonl", *records))
    server, rails = Server(), Rails(secrets=())

    def chat(handler: Any) -> None:
        n = next(
            int(digit)
            for digit in "1234"
            if f"It is {digit}.\n</answer>" in json.dumps(server.asked[-1]).replace("\\n", "\n")
        )
        reply = json.dumps({"score": n, "reason": "So."}) if n < 4 else "I like it."
        streams(piece(reply), piece(finish="stop"), usage(100, 10))(handler)

    server.chat = chat
    backend = HostedBackend(server.url, api_key=KEY, model="small", timeout_s=5.0, retries=0)
    found = agree(Judge(backend=backend, rails=rails), labelled)
    backend.close()
    server.close()
    rails.close()
    assert found.no_judgement == 1
    assert found.by_rubric["faithfulness"].items == 3
    assert found.by_rubric["faithfulness"].spearman == pytest.approx(1)
    assert list(found.opinions) == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ([], "is no object"),
        ({"question": "?"}, "no “question” and “answer”"),
        ({"question": "?", "answer": "a"}, "no “scores”"),
        ({"question": "?", "answer": "a", "scores": {"faithfulness": "high"}}, "no “scores”"),
        ({"question": "?", "answer": "a", "scores": {}, "passages": "text"}, "lists of texts"),
    ],
)
def test_what_is_no_scored_answer_is_one_sentence(tmp_path: Path, record: object, said: str) -> None:
    with pytest.raises(RowsError, match=said):
        read_labelled(written(tmp_path / "labelled.jsonl", record))


def test_an_empty_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RowsError, match="holds no answers"):
        read_labelled(written(tmp_path / "labelled.jsonl"))
