"""The tokenizer and chat template of a Hugging Face folder, as a GGUF file says them.

Byte-level BPE alone, which the families that can be trained here have. How such a tokenizer cuts a text into words
first is a program in the folder and a name in a GGUF file: the name is found by trying which of llama.cpp's makes the
same tokens of texts that are hard to cut.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.engine import EngineError, tokens_by
from models.tuning.errors import TuningError

if TYPE_CHECKING:
    from gguf import GGUFWriter

TOKENIZER = "tokenizer.json"
_SETTINGS = "tokenizer_config.json"
_TEMPLATE = "chat_template.jinja"
_MOST_BYTES = 2**27
"""Of any of these files."""

_CUTTERS = ("qwen2", "llama-bpe", "smollm", "gpt-2", "tekken", "refact", "deepseek-llm", "falcon", "default")
"""Names of llama.cpp for how a text is cut; the commonest first, and of two that cut alike the stricter."""
_HARD_TO_CUT = (
    "The reading room's fees: £12.50, or 1,234,567 for 2027's season!",
    "  Two spaces,\ttabs\n\n\nand lines \r\nof other kinds.   ",
    "I'll, WE'LL and they've; don't, DON'T ''quoted'' (x_1[2]==3) && a+=b;//",
    "Über die Straße, café, naïve, Ærø, ΑΒΓδ, Привет мир, שלום, مرحبا ١٢٣",
    "東京都の図書館は何時に開きますか。한국어 텍스트 ไทย हिन्दी",
    "👍🏽 👩‍👩‍👧 ½ ² ① \u00a0\u200b…—–“”’",
)
"""Composed characters alone: llama.cpp composes none, where a folder's tokenizer may."""


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Tokens by number, and how texts become and end with them."""

    tokens: Sequence[str]
    kinds: Sequence[int]
    """Of each token; `gguf.TokenType`."""
    merges: Sequence[str]
    begin: int | None
    end: int
    begins: bool
    """Whether a text is to begin with `begin`."""
    template: str
    cutter: str = _CUTTERS[0]

    def write(self, writer: "GGUFWriter") -> None:
        """Say it all in a GGUF file."""
        writer.add_tokenizer_model("gpt2")
        writer.add_tokenizer_pre(self.cutter)
        writer.add_token_list(list(self.tokens))
        writer.add_token_types(list(self.kinds))
        writer.add_token_merges(list(self.merges))
        if self.begin is not None:
            writer.add_bos_token_id(self.begin)
        writer.add_eos_token_id(self.end)
        writer.add_add_bos_token(self.begins)
        writer.add_chat_template(self.template)


def read_vocabulary(folder: Path, size: int) -> Vocabulary:
    """The vocabulary of a model of `size` tokens, but for its cutter.

    Raises:
        TuningError: it is of another kind, or has no chat template.
    """
    from gguf import TokenType
    from tokenizers import Tokenizer

    said, settings = read_json(folder / TOKENIZER), read_json(folder / _SETTINGS)
    model = said.get("model", {})
    if model.get("type") != "BPE" or "ByteLevel" not in set(_types(said.get("decoder"))):
        raise TuningError(f"The tokenizer of “{folder.name}” is of another kind than byte-level BPE.")
    added = {int(token["id"]): token for token in said.get("added_tokens", [])}
    texts = {int(number): str(token) for token, number in model["vocab"].items()}
    texts |= {number: str(token["content"]) for number, token in added.items()}
    if max(texts, default=size) >= size:
        raise TuningError(f"The tokenizer of “{folder.name}” has more tokens than its model, which has {size:,}.")
    kinds = [TokenType.NORMAL if number in texts else TokenType.UNUSED for number in range(size)]
    for number, token in added.items():
        kinds[number] = TokenType.CONTROL if token.get("special") else TokenType.USER_DEFINED
    numbers = {text: number for number, text in texts.items()}
    begin, end = (numbers.get(_named(settings.get(f"{name}_token"))) for name in ("bos", "eos"))
    if end is None:
        raise TuningError(f"“{folder.name}” does not say which token ends an answer.")
    first = Tokenizer.from_file(str(folder / TOKENIZER)).encode("a").ids[:1]
    return Vocabulary(
        tokens=[texts.get(number, f"[PAD{number}]") for number in range(size)],
        kinds=[int(kind) for kind in kinds],
        merges=[merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]],
        begin=begin,
        end=end,
        begins=begin is not None and first == [begin],
        template=_template(folder, settings),
    )


def find_cutter(vocabulary: Vocabulary, folder: Path, draft: Path) -> str:
    """The name of llama.cpp by which a vocabulary makes the tokens that the folder's tokenizer makes.

    `draft` is a GGUF file that is written on the way.

    Raises:
        TuningError: none does.
    """
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
    wanted = [tokenizer.encode(text, add_special_tokens=False).ids for text in _HARD_TO_CUT]
    for cutter in _CUTTERS:
        _write_draft(vocabulary, cutter, draft)
        try:
            if tokens_by(draft, _HARD_TO_CUT) == wanted:
                return cutter
        except EngineError:
            continue
    raise TuningError(f"The tokenizer of “{folder.name}” cuts texts in a way that llama.cpp does not know.")


def read_json(path: Path) -> Mapping[str, Any]:
    """What a file of the folder says.

    Raises:
        TuningError: it is not there, not readable, or no such file.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise TuningError(f"“{path.name}” is far too large.")
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise TuningError(f"“{path.parent.name}” has no “{path.name}” that can be read.") from error
    if not isinstance(said, dict):
        raise TuningError(f"“{path.name}” of “{path.parent.name}” is not what it should be.")
    return said


def _write_draft(vocabulary: Vocabulary, cutter: str, path: Path) -> None:
    """A file of a vocabulary alone."""
    from gguf import GGUFWriter

    writer = GGUFWriter(path, "llama")
    writer.add_context_length(1)
    writer.add_embedding_length(1)
    writer.add_block_count(1)
    writer.add_head_count(1)
    replace(vocabulary, cutter=cutter).write(writer)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def _types(part: Any) -> Iterator[str]:
    """Of a part of a tokenizer and of those that it is a sequence of."""
    if isinstance(part, dict):
        yield str(part.get("type"))
        for inner in (*part.get("decoders", ()), *part.get("pretokenizers", ())):
            yield from _types(inner)


def _named(token: Any) -> str:
    named = token.get("content") if isinstance(token, dict) else token
    return named if isinstance(named, str) else ""


def _template(folder: Path, settings: Mapping[str, Any]) -> str:
    path = folder / _TEMPLATE
    if path.is_file() and path.stat().st_size <= _MOST_BYTES:
        return path.read_text(encoding="utf-8")
    said = settings.get("chat_template")
    if isinstance(said, list):
        said = next((one["template"] for one in said if one.get("name") == "default"), None)
    if not isinstance(said, str) or not said:
        raise TuningError(f"“{folder.name}” has no chat template: it was not taught to follow instructions.")
    return said
