"""A Hugging Face folder as a GGUF file: any model of the families that can be trained here, to begin with.

Nothing in the folder is run. It is read in a confined child, as its files are somebody else's.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.confined import Confined, ConfinedError, LimitExceeded
from models.gguf import printable
from models.tuning.checkpoint import CONFIG, SHARDS, read_weights
from models.tuning.conversion import half, write_all
from models.tuning.errors import TuningError, writing
from models.tuning.layout import Layout, require_family
from models.tuning.vocabulary import TOKENIZER, find_cutter, read_json, read_vocabulary

if TYPE_CHECKING:
    from gguf import GGUFWriter

_TIMEOUT_S = 3600.0
_MEMORY_MB = 16_384
"""Of addresses, most of which torch takes and does not use; beside the model itself."""


def folder_to_gguf(folder: Path, out: Path, *, name: str) -> Path:
    """Write the model in `folder` as an F16 GGUF file, with its tokenizer and chat template; it is called `name`.

    Raises:
        TuningError: it is no whole chat model, of a kind that cannot be trained here, or the disk is full.
    """
    shards = list(folder.glob(SHARDS))
    if not shards or not all((folder / name).is_file() for name in (CONFIG, TOKENIZER)):
        raise TuningError(f"“{folder.name}” is no folder with a {CONFIG}, a {TOKENIZER} and safetensors.")
    size = sum(path.stat().st_size for path in shards)
    with writing(out, size) as written:
        request = {"folder": str(folder.resolve()), "out": str(written), "name": name}
        try:
            with Confined("models.tuning.folder:compute", memory_mb=_MEMORY_MB + 3 * (size >> 20)) as child:
                child.call(request, timeout_s=_TIMEOUT_S)
        except ConfinedError as error:
            raise TuningError(str(error)) from None
        except LimitExceeded as error:
            raise TuningError(f"“{folder.name}” cannot be read: it breaks the {error.limit} limit.") from None
    return out


def compute(request: dict[str, Any]) -> dict[str, Any]:
    """Write `request["out"]`; in the confined child."""
    folder = Path(request["folder"])
    try:
        _write(folder, Path(request["out"]), request["name"])
    except TuningError:
        raise
    except OSError as error:
        raise TuningError(f"The file of “{folder.name}” cannot be written: {error.strerror}.") from error
    except Exception as error:
        raise TuningError(f"“{folder.name}” is not as Hugging Face has it: {printable(repr(error))}.") from error
    return {}


def _write(folder: Path, out: Path, name: str) -> None:
    from gguf import GGML_QUANT_VERSION, GGUFWriter, LlamaFileType

    config = read_json(folder / CONFIG)
    layout = _layout(folder, config)
    vocabulary = read_vocabulary(folder, _whole(config, "vocab_size"))
    vocabulary = replace(vocabulary, cutter=find_cutter(vocabulary, folder, out))
    writer = GGUFWriter(out, layout.architecture)
    writer.add_name(name)
    writer.add_file_type(LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(GGML_QUANT_VERSION)
    _write_sizes(writer, layout, config)
    vocabulary.write(writer)
    is_tied = bool(config.get("tie_word_embeddings", False))
    names = set()
    for own, plain in read_weights(folder):
        there = layout.gguf_name(own)
        if there != "output.weight" or not is_tied:
            writer.add_tensor(there, half(layout.to_gguf(own, plain)))
            names.add(there)
    if not is_tied and "output.weight" not in names:  # llama.cpp would take the embedding for it
        raise TuningError(f"“{folder.name}” lacks weights: lm_head.weight.")
    write_all(writer)


def _layout(folder: Path, config: Mapping[str, Any]) -> Layout:
    architecture = str(config.get("model_type"))
    require_family(architecture, folder.name)
    scaling = config.get("rope_scaling") or config.get("rope_parameters") or {}
    kind = scaling.get("rope_type", scaling.get("type", "default"))
    if kind != "default":
        raise TuningError(f"“{folder.name}” stretches its context ({kind}), with which it cannot be trained here.")
    if config.get("use_sliding_window"):
        raise TuningError(f"“{folder.name}” looks at a part of its context, with which it cannot be trained here.")
    heads = _whole(config, "num_attention_heads")
    key_heads = _whole(config, "num_key_value_heads", heads)
    return Layout(architecture=architecture, heads=heads, key_heads=key_heads)


def _write_sizes(writer: "GGUFWriter", layout: Layout, config: Mapping[str, Any]) -> None:
    width = _whole(config, "hidden_size")
    head = _whole(config, "head_dim", width // layout.heads)
    rope = config.get("rope_parameters") or {}
    writer.add_context_length(_whole(config, "max_position_embeddings"))
    writer.add_embedding_length(width)
    writer.add_block_count(_whole(config, "num_hidden_layers"))
    writer.add_feed_forward_length(_whole(config, "intermediate_size"))
    writer.add_head_count(layout.heads)
    writer.add_head_count_kv(layout.key_heads)
    writer.add_key_length(head)
    writer.add_value_length(head)
    writer.add_rope_dimension_count(head)
    writer.add_rope_freq_base(float(rope.get("rope_theta", config.get("rope_theta", 10_000.0))))
    writer.add_layer_norm_rms_eps(float(config.get("rms_norm_eps", 1e-6)))
    writer.add_vocab_size(_whole(config, "vocab_size"))


def _whole(config: Mapping[str, Any], name: str, default: int | None = None) -> int:
    held = config.get(name)
    held = default if held is None else held
    if not isinstance(held, int) or held < 1:
        raise TuningError(f"Its {CONFIG} does not say what its {name} is.")
    return held
