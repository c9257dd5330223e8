"""GGUF model files, read without trusting them.

The format is https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, little-endian, versions 2 and 3.
The header is read in a confined child and every count in it is held against the bytes that are there,
since llama.cpp ends the whole process over some broken files.
"""

import struct
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from models.confined import Confined, ConfinedError, LimitExceeded

_HEADER_LIMIT = 64 * 2**20
_TEMPLATE_LIMIT = 2**20
_NAME_LIMIT = 200
_ITEM_LIMIT = 100_000
_TIMEOUT_S = 30.0


class ModelFileError(Exception):
    """A model file cannot be used; the message is one sentence for the person who chose it."""


@dataclass(frozen=True, kw_only=True)
class GgufInfo:
    """What the header of a chat model says of it."""

    architecture: str
    name: str | None
    parameters: int
    quantisation: str
    """The number format that holds most of the weights, such as "Q4_1"."""
    context_tokens: int
    """Longest context that the model was trained for."""
    chat_template: str | None
    """Jinja source. It is code from the file: run it confined (models/template.py)."""
    bos_token: str
    """Text of the token that begins a sequence; "" where there is none."""
    eos_token: str


def read_gguf(path: Path) -> GgufInfo:
    """Check the file at `path` and read its header.

    Raises:
        ModelFileError: it is not a whole GGUF chat model, or cannot be read.
    """
    if not path.is_file():
        raise ModelFileError(f"There is no file “{path.name}”.")
    try:
        with Confined("models.gguf:inspect_gguf", memory_mb=1024) as child:
            return GgufInfo(**child.call({"path": str(path.resolve())}, timeout_s=_TIMEOUT_S))
    except ConfinedError as error:
        reason = str(error)
    except LimitExceeded as error:
        reason = f"reading its header broke the {error.limit} limit"
    raise ModelFileError(f"“{path.name}” is not a GGUF model: {reason}.")


def inspect_gguf(request: dict[str, Any]) -> dict[str, Any]:
    """Read the header of the file at `request["path"]`; runs in the confined child."""
    path = Path(request["path"])
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            cursor = _Cursor(file.read(_HEADER_LIMIT), whole=size <= _HEADER_LIMIT)
    except OSError as error:
        raise ValueError(f"it cannot be read ({error.strerror})") from None
    tensor_count, metadata_count = _read_counts(cursor)
    metadata = _read_metadata(cursor, metadata_count)
    tensors = [_read_tensor(cursor) for _ in range(tensor_count)]
    _check_extents(cursor.at, tensors, _alignment(metadata), size)
    return asdict(_describe(metadata, tensors))


class _TensorType(NamedTuple):
    name: str
    block: int
    """Weights that are stored together."""
    bytes: int
    """Size of a block."""


# From ggml.h; a test holds this table against the library that is installed.
_TENSOR_TYPES = {
    0: _TensorType("F32", 1, 4),
    1: _TensorType("F16", 1, 2),
    2: _TensorType("Q4_0", 32, 18),
    3: _TensorType("Q4_1", 32, 20),
    6: _TensorType("Q5_0", 32, 22),
    7: _TensorType("Q5_1", 32, 24),
    8: _TensorType("Q8_0", 32, 34),
    9: _TensorType("Q8_1", 32, 36),
    10: _TensorType("Q2_K", 256, 84),
    11: _TensorType("Q3_K", 256, 110),
    12: _TensorType("Q4_K", 256, 144),
    13: _TensorType("Q5_K", 256, 176),
    14: _TensorType("Q6_K", 256, 210),
    15: _TensorType("Q8_K", 256, 292),
    16: _TensorType("IQ2_XXS", 256, 66),
    17: _TensorType("IQ2_XS", 256, 74),
    18: _TensorType("IQ3_XXS", 256, 98),
    19: _TensorType("IQ1_S", 256, 50),
    20: _TensorType("IQ4_NL", 32, 18),
    21: _TensorType("IQ3_S", 256, 110),
    22: _TensorType("IQ2_S", 256, 82),
    23: _TensorType("IQ4_XS", 256, 136),
    24: _TensorType("I8", 1, 1),
    25: _TensorType("I16", 1, 2),
    26: _TensorType("I32", 1, 4),
    27: _TensorType("I64", 1, 8),
    28: _TensorType("F64", 1, 8),
    29: _TensorType("IQ1_M", 256, 56),
    30: _TensorType("BF16", 1, 2),
    34: _TensorType("TQ1_0", 256, 54),
    35: _TensorType("TQ2_0", 256, 66),
    39: _TensorType("MXFP4", 32, 17),
    40: _TensorType("NVFP4", 64, 36),
    41: _TensorType("Q1_0", 128, 18),
    42: _TensorType("Q2_0", 64, 18),
}

_SCALARS = {
    0: struct.Struct("<B"),
    1: struct.Struct("<b"),
    2: struct.Struct("<H"),
    3: struct.Struct("<h"),
    4: struct.Struct("<I"),
    5: struct.Struct("<i"),
    6: struct.Struct("<f"),
    7: struct.Struct("<?"),
    10: struct.Struct("<Q"),
    11: struct.Struct("<q"),
    12: struct.Struct("<d"),
}
_U32, _U64 = _SCALARS[4], _SCALARS[10]
_STRING, _ARRAY = 8, 9
_TOKENS = "tokenizer.ggml.tokens"


class _Tensor(NamedTuple):
    type: _TensorType
    weights: int
    offset: int

    @property
    def bytes(self) -> int:
        return self.weights // self.type.block * self.type.bytes


class _Cursor:
    """Reads the header front to back and never past what is there."""

    def __init__(self, data: bytes, *, whole: bool) -> None:
        self._data = data
        self._whole = whole
        self.at = 0

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self._data):
            raise ValueError("it ends in the middle of its header" if self._whole else "its header has no end")
        piece = self._data[self.at : end]
        self.at = end
        return piece

    def number(self, layout: struct.Struct) -> Any:
        return layout.unpack(self.take(layout.size))[0]

    def string(self) -> bytes:
        return self.take(self.number(_U64))


def _read_counts(cursor: _Cursor) -> tuple[int, int]:
    if cursor.take(4) != b"GGUF":
        raise ValueError("it does not begin as one does")
    version = cursor.number(_U32)
    if version not in (2, 3):
        big_endian = int.from_bytes(version.to_bytes(4, "little"), "big") in (2, 3)
        raise ValueError("it is for big-endian machines" if big_endian else f"its version is {version}, not 2 or 3")
    tensors, metadata = cursor.number(_U64), cursor.number(_U64)
    if tensors > _ITEM_LIMIT or metadata > _ITEM_LIMIT:
        raise ValueError("it claims an impossible number of entries")
    return tensors, metadata


def _read_metadata(cursor: _Cursor, count: int) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    for _ in range(count):
        key = cursor.string().decode("ascii", "replace")
        if key in metadata:
            raise ValueError(f"it says twice what its {printable(key)} is")
        metadata[key] = _read_value(cursor, key, cursor.number(_U32))
    return metadata


def _read_value(cursor: _Cursor, key: str, kind: int) -> Any:
    if kind in _SCALARS:
        return cursor.number(_SCALARS[kind])
    if kind == _STRING:
        return cursor.string()
    if kind == _ARRAY:
        return _read_array(cursor, key, cursor.number(_U32), cursor.number(_U64))
    raise ValueError(f"a value in its header has the unknown type {kind}")


def _read_array(cursor: _Cursor, key: str, kind: int, count: int) -> list[bytes] | None:
    """The vocabulary; every other array is skipped."""
    if kind in _SCALARS:
        cursor.take(_SCALARS[kind].size * count)
        return None
    if kind != _STRING:
        raise ValueError(f"a list in its header has the unknown type {kind}")
    kept: list[bytes] = []
    for _ in range(count):
        text = cursor.string()
        if key == _TOKENS:
            kept.append(text)
    return kept


def _read_tensor(cursor: _Cursor) -> _Tensor:
    cursor.string()  # the name
    dimensions = cursor.number(_U32)
    if dimensions > 4:
        raise ValueError(f"a tensor in it has {dimensions} dimensions")
    shape = [cursor.number(_U64) for _ in range(dimensions)]
    kind, offset = cursor.number(_U32), cursor.number(_U64)
    if kind not in _TENSOR_TYPES:
        raise ValueError(f"a tensor in it has the unknown type {kind}")
    tensor_type = _TENSOR_TYPES[kind]
    weights = 1
    for length in shape:
        weights *= length
    if weights == 0 or (shape and shape[0] % tensor_type.block):
        raise ValueError("a tensor in it has an impossible shape")
    return _Tensor(tensor_type, weights, offset)


def _alignment(metadata: dict[str, Any]) -> int:
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
        raise ValueError("its alignment is not a power of two")
    return alignment


def _check_extents(header_end: int, tensors: list[_Tensor], alignment: int, size: int) -> None:
    if not tensors:
        raise ValueError("it holds no weights")
    start = -(-header_end // alignment) * alignment
    if any(tensor.offset % alignment for tensor in tensors):
        raise ValueError("a tensor in it is out of line")
    end = start + max(tensor.offset + tensor.bytes for tensor in tensors)
    if end > size:
        raise ValueError(f"it is cut off at {size / 1e6:,.1f} MB of {end / 1e6:,.1f}")


def _describe(metadata: dict[str, Any], tensors: list[_Tensor]) -> GgufInfo:
    architecture = _text(metadata, "general.architecture")
    if not architecture:
        raise ValueError("it does not say what kind of model it is")
    if metadata.get("general.type", b"model") != b"model":
        raise ValueError(f"it is of the kind {printable(_text(metadata, 'general.type') or '')}, not a whole model")
    if (metadata.get("split.count") or 1) != 1:
        raise ValueError("it is one part of a model in several files; join them with llama-gguf-split first")
    context_tokens = metadata.get(f"{architecture}.context_length")
    if not isinstance(context_tokens, int) or context_tokens < 1:
        raise ValueError("it does not say how long its context is")
    vocabulary = metadata.get(_TOKENS)
    if not isinstance(vocabulary, list) or not vocabulary:
        raise ValueError("it has no vocabulary")
    return GgufInfo(
        architecture=printable(architecture),
        name=printable(_text(metadata, "general.name") or "") or None,
        parameters=sum(tensor.weights for tensor in tensors),
        quantisation=_commonest_type(tensors),
        context_tokens=context_tokens,
        chat_template=_chat_template(metadata),
        bos_token=_token(vocabulary, metadata.get("tokenizer.ggml.bos_token_id")),
        eos_token=_token(vocabulary, metadata.get("tokenizer.ggml.eos_token_id")),
    )


def _commonest_type(tensors: list[_Tensor]) -> str:
    weights: dict[str, int] = {}
    for tensor in tensors:
        weights[tensor.type.name] = weights.get(tensor.type.name, 0) + tensor.weights
    return max(weights, key=lambda name: weights[name])


def _chat_template(metadata: dict[str, Any]) -> str | None:
    source = metadata.get("tokenizer.chat_template")
    if source is None:
        return None
    if not isinstance(source, bytes) or len(source) > _TEMPLATE_LIMIT:
        raise ValueError("its chat template is not a text of a sensible length")
    return source.decode("utf-8", "replace")


def _token(vocabulary: list[bytes], number: Any) -> str:
    if not isinstance(number, int) or not 0 <= number < len(vocabulary):
        return ""
    return vocabulary[number].decode("utf-8", "replace")


def _text(metadata: dict[str, Any], key: str) -> str | None:
    value = metadata.get(key)
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else None


def printable(text: str) -> str:
    """Text from the file as a person may safely be shown it."""
    return "".join(character for character in text if character.isprintable())[:_NAME_LIMIT]
