from pathlib import Path

import pytest

from models.processor import has_amx


@pytest.mark.parametrize(
    ("flags", "expected"),
    [("fpu avx512f amx_bf16 amx_tile amx_int8", True), ("fpu avx2 avx512f", False), ("fpu xamx_tiles", False)],
)
def test_tiles_are_told_from_the_flags_of_the_processor(tmp_path: Path, flags: str, expected: bool) -> None:
    cpu_info = tmp_path / "cpuinfo"
    cpu_info.write_text(f"processor\t: 0\nflags\t\t: {flags}\nbugs\t\t:\n")
    assert has_amx(cpu_info) is expected


def test_where_there_is_no_such_file_there_are_no_tiles(tmp_path: Path) -> None:
    assert not has_amx(tmp_path / "cpuinfo")
