"""What is read of a model file, and what is refused."""

import contextlib
import ctypes
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import gguf
from models.gguf import ModelFileError, inspect_gguf, read_gguf

WriteGguf = Callable[..., Path]


def test_reads_what_the_packaged_model_says_of_itself(packaged_gguf: Path) -> None:
    info = read_gguf(packaged_gguf)

    assert (info.architecture, info.quantisation, info.context_tokens) == ("llama", "Q4_1", 8192)
    assert info.parameters == 134_515_008
    assert (info.bos_token, info.eos_token) == ("<|im_start|>", "<|im_end|>")
    assert info.chat_template is not None
    assert "add_generation_prompt" in info.chat_template


def test_reads_a_small_file(write_gguf: WriteGguf) -> None:
    info = read_gguf(write_gguf())

    assert (info.name, info.parameters, info.quantisation, info.chat_template) == ("Small", 128, "F32", None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "ends in the middle of its header"),
        (b"PK\x03\x04 not a model at all, but long enough", "does not begin as one does"),
        (b"GGUF" + struct.pack("<I", 1) + bytes(16), "its version is 1"),
        (b"GGUF" + struct.pack(">I", 3) + bytes(16), "big-endian"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**63, 1), "impossible number of entries"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 2**60) + bytes(99), "ends in the middle of its header"),
    ],
)
def test_refuses_what_is_no_gguf_file(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "x.gguf"
    path.write_bytes(content)

    with pytest.raises(ModelFileError, match=f"“x.gguf” is not a GGUF model: .*{reason}"):
        read_gguf(path)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"metadata": {"general.architecture": None}}, "what kind of model"),
        ({"metadata": {"general.type": "adapter"}}, "of the kind adapter"),
        ({"metadata": {"split.count": 3}}, "one part of a model"),
        ({"metadata": {"llama.context_length": "long"}}, "how long its context"),
        ({"metadata": {"tokenizer.ggml.tokens": None}}, "no vocabulary"),
        ({"metadata": {"general.alignment": 48}}, "not a power of two"),
        ({"metadata": {"tokenizer.chat_template": 7}}, "chat template"),
        ({"metadata": {"tokenizer.chat_template": "x" * 2**21}}, "chat template"),
        ({"metadata": {"odd": struct.pack("<I", 99)}}, "unknown type 99"),
        ({"metadata": {"nested": struct.pack("<IIQ", 9, 9, 2**40)}}, "unknown type 9"),
        ({"metadata": {"endless": struct.pack("<IIQ", 9, 8, 2**40)}}, "ends in the middle"),
        ({"metadata_count": 8}, "not a GGUF model"),
        ({"tensor_count": 2}, "not a GGUF model"),
        ({"tensor_type": 4}, "unknown type 4"),
        ({"tensor_type": 12}, "impossible shape"),
        ({"shape": (32, 0)}, "impossible shape"),
        ({"shape": (1, 1, 1, 1, 1)}, "5 dimensions"),
        ({"shape": (2**62, 2**62)}, "cut off"),
        ({"offset": 2**62}, "cut off"),
        ({"offset": 3}, "out of line"),
        ({"data_bytes": 500}, "cut off"),
    ],
)
def test_refuses_a_header_that_does_not_hold(write_gguf: WriteGguf, parts: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelFileError, match=reason):
        read_gguf(write_gguf(**parts))


def test_refuses_the_packaged_model_when_its_end_is_missing(packaged_gguf: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.gguf"
    with packaged_gguf.open("rb") as file:
        cut.write_bytes(file.read(10_000_000))

    with pytest.raises(ModelFileError, match=r"cut off at 10.0 MB of 98.4"):
        read_gguf(cut)


def test_names_the_file_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"There is no file “x\.gguf”"):
        read_gguf(tmp_path / "x.gguf")


def test_shows_no_control_characters_of_the_file(write_gguf: WriteGguf) -> None:
    info = read_gguf(write_gguf(metadata={"general.name": "a\x1b[31mb\n" + "c" * 1000}))

    assert info.name == "a[31mb" + "c" * 194


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_damage_is_either_harmless_or_named(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("damaged") / "x.gguf"
    whole = small_file(path)
    at = data.draw(st.integers(0, len(whole) - 1))
    piece = data.draw(st.binary(min_size=1, max_size=9))
    path.write_bytes(data.draw(st.sampled_from([whole[:at] + piece + whole[at + len(piece) :], whole[:at]])))

    # Anything but a sentence would be a crash of the child.
    with contextlib.suppress(ValueError):
        assert inspect_gguf({"path": str(path)})["parameters"] > 0


def test_knows_the_tensor_types_of_the_installed_library() -> None:
    from llama_cpp import llama_cpp

    library = ctypes.CDLL(str(Path(llama_cpp.__file__).parent / "lib" / "libggml-base.so"))
    library.ggml_type_name.restype = ctypes.c_char_p
    library.ggml_type_size.restype = ctypes.c_size_t
    library.ggml_blck_size.restype = ctypes.c_int64
    known = {
        number: (library.ggml_type_name(number).decode().upper(), library.ggml_blck_size(number), size)
        for number in range(43)
        if (size := library.ggml_type_size(number))
    }

    assert {number: tuple(kind) for number, kind in gguf._TENSOR_TYPES.items()} == known


def small_file(path: Path) -> bytes:
    def string(text: bytes) -> bytes:
        return struct.pack("<Q", len(text)) + text

    pairs = [
        string(b"general.architecture") + struct.pack("<I", 8) + string(b"llama"),
        string(b"llama.context_length") + struct.pack("<II", 4, 512),
        string(b"tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + string(b"a") + string(b"b"),
        string(b"tokenizer.ggml.scores") + struct.pack("<IIQff", 9, 6, 2, 0.5, 1.5),
    ]
    data = b"GGUF" + struct.pack("<IQQ", 3, 1, len(pairs)) + b"".join(pairs)
    data += string(b"w") + struct.pack("<IQIQ", 1, 32, 0, 0)
    data += b"\0" * (-len(data) % 32) + b"\0" * 128
    path.write_bytes(data)
    assert inspect_gguf({"path": str(path)})["parameters"] == 32
    return data
