"""Real models: the packaged GGUF, and small GGUF files made to measure."""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.engine import Engine
from models.local import LocalBackend
from models.registry import ModelFolder

WriteGguf = Callable[..., Path]


@pytest.fixture(scope="session")
def packaged_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packaged model's file."""
    return ModelFolder(tmp_path_factory.mktemp("models")).list()[0].path


@pytest.fixture(scope="module")
def backend(packaged_gguf: Path) -> Iterator[LocalBackend]:
    """The packaged model, for tests that leave it open."""
    opened = LocalBackend(packaged_gguf, name="SmolLM2", context_tokens=2048)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def engine(packaged_gguf: Path) -> Iterator[Engine]:
    """The packaged model below its backend."""
    opened = Engine(packaged_gguf, context_tokens=512)
    yield opened
    opened.close()


@pytest.fixture
def write_gguf(tmp_path: Path) -> WriteGguf:
    """Write a small GGUF file: `metadata` replaces what a whole model has (None takes it away)."""

    def write(
        name: str = "small.gguf",
        *,
        metadata: dict[str, Any] | None = None,
        shape: tuple[int, ...] = (32, 4),
        **parts: Any,
    ) -> Path:
        fields: dict[str, Any] = {
            "general.architecture": "llama",
            "general.name": "Small",
            "llama.context_length": 512,
            "tokenizer.ggml.tokens": ["<s>", "</s>", "a"],
            "tokenizer.ggml.bos_token_id": 0,
            "tokenizer.ggml.eos_token_id": 1,
        } | (metadata or {})
        pairs = [string(key) + value(held) for key, held in fields.items() if held is not None]
        tensor = string("w") + struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
        tensor += struct.pack("<IQ", parts.get("tensor_type", 0), parts.get("offset", 0))
        counts = struct.pack("<QQ", parts.get("tensor_count", 1), parts.get("metadata_count", len(pairs)))
        head = parts.get("magic", b"GGUF") + struct.pack("<I", parts.get("version", 3)) + counts
        data = head + b"".join(pairs) + tensor
        data += b"\0" * (-len(data) % 32) + b"\0" * parts.get("data_bytes", 32 * 4 * 4)
        path = tmp_path / name
        path.write_bytes(data)
        return path

    def string(text: str) -> bytes:
        return struct.pack("<Q", len(text.encode())) + text.encode()

    def value(held: Any) -> bytes:
        match held:
            case bytes():
                return held
            case str():
                return struct.pack("<I", 8) + string(held)
            case int():
                return struct.pack("<II", 4, held)
            case _:
                return struct.pack("<IIQ", 9, 8, len(held)) + b"".join(map(string, held))

    return write
