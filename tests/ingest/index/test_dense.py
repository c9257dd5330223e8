import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ingest.index.dense import DenseIndex


def _unit(*values: float) -> np.ndarray:
    vector = np.array(values, dtype=np.float32)
    return vector / np.linalg.norm(vector)


@pytest.fixture
def index(tmp_path: Path) -> DenseIndex:
    index = DenseIndex(tmp_path, fingerprint="test")
    index.add(1, [10, 11, 12], np.stack([_unit(1, 0, 0), _unit(1, 1, 0), _unit(0, 0, 1)]))
    index.add(2, [20], np.stack([_unit(1, 0, 0.1)]))
    return index


def test_gives_cosine_similarity_best_first_over_collections(index: DenseIndex) -> None:
    found = index.query(_unit(1, 0, 0), [1, 2], 3)
    assert [chunk_id for chunk_id, _ in found] == [10, 20, 11]
    assert found[0][1] == pytest.approx(1, abs=1e-5)
    assert found[2][1] == pytest.approx(0.5**0.5, abs=1e-5)


def test_keeps_to_the_collections_asked_for(index: DenseIndex) -> None:
    assert [chunk_id for chunk_id, _ in index.query(_unit(1, 0, 0), [2], 3)] == [20]
    assert index.query(_unit(1, 0, 0), [3], 3) == []


def test_what_is_deleted_is_not_found_and_deleting_twice_is_no_error(index: DenseIndex) -> None:
    index.delete({1: [10]})
    index.delete({1: [10]})
    assert index.ids(1) == {11, 12}


def test_survives_closing(index: DenseIndex) -> None:
    index.close()
    assert index.ids(1) == {10, 11, 12}


_OTHER_PROCESS = """
import sys, numpy as np
from pathlib import Path
from ingest.index.dense import DenseIndex
DenseIndex(Path(sys.argv[1]), fingerprint="test").add(1, [99], np.array([[0, 1, 0]], dtype=np.float32))
"""


def test_sees_what_another_process_wrote_when_the_generation_has_moved(index: DenseIndex, tmp_path: Path) -> None:
    assert index.query(_unit(0, 1, 0), [1], 1, generation=7)[0][0] == 11
    subprocess.run([sys.executable, "-c", _OTHER_PROCESS, str(tmp_path)], check=True)
    assert index.query(_unit(0, 1, 0), [1], 1, generation=8)[0][0] == 99


def test_vectors_of_another_model_lie_beside_and_are_dropped_alone(index: DenseIndex) -> None:
    other = index.beside("other")
    other.add(1, [10, 11], np.array([[0, 1], [1, 0]], dtype=np.float32))  # of another length
    assert (index.count(), other.count()) == (4, 2)
    assert [chunk_id for chunk_id, _ in other.query(np.array([1, 0], dtype=np.float32), [1, 2], 5)] == [11, 10]
    assert [chunk_id for chunk_id, _ in index.query(_unit(1, 0, 0), [1], 1)] == [10]
    other.drop()
    assert (index.count(), other.count()) == (4, 0)
    other.add(1, [12], np.array([[0, 1]], dtype=np.float32))
    assert other.ids(1) == {12}


def test_those_beside_are_opened_anew_with_the_others(index: DenseIndex, tmp_path: Path) -> None:
    other = index.beside("other")
    other.add(1, [10], np.array([[0, 1]], dtype=np.float32))
    assert other.query(np.array([0, 1], dtype=np.float32), [1], 1, generation=7)
    assert index.query(_unit(0, 1, 0), [1], 1, generation=7)[0][0] == 11
    subprocess.run([sys.executable, "-c", _OTHER_PROCESS, str(tmp_path)], check=True)
    assert other.query(np.array([0, 1], dtype=np.float32), [1], 1, generation=8)[0][0] == 10
    assert index.query(_unit(0, 1, 0), [1], 1, generation=8)[0][0] == 99
