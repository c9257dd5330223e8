"""Examples as tokens: the same ones that the model reads and writes when it serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.engine import Engine, EngineError
from models.gguf import ModelFileError, read_gguf
from models.template import ChatTemplate, Segment
from models.tuning.errors import TuningError
from models.tuning.example import Example

_LONGEST_TOKEN_CHARS = 32
"""No text that is worth reading has so many to a token."""


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """An example's tokens."""

    id: str
    tokens: tuple[int, ...]
    """Prompt, answer and the token that ends an answer."""
    prompt_tokens: int
    """How many of them are the prompt: nothing is learnt from these."""
    weight: float

    @property
    def prompt(self) -> tuple[int, ...]:
        """What the model is given."""
        return self.tokens[: self.prompt_tokens]


def render(source: Path, examples: Sequence[Example], most_tokens: int) -> list[Rendered]:
    """Lay the examples out by the template of the GGUF file `source` and turn them into its tokens.

    Examples of more than `most_tokens` tokens are left out, as half of one would teach half of an answer.

    Raises:
        TuningError: the file does not work, or its template refuses the messages.
    """
    try:
        info = read_gguf(source)
        engine = Engine(source, context_tokens=most_tokens, threads=1)
        template = ChatTemplate(
            info.chat_template, name=source.stem, bos_token=info.bos_token, eos_token=info.eos_token
        )
        try:
            rendered = [_rendered(engine, template, example, most_tokens) for example in examples]
        finally:
            template.close()
            engine.close()
    except (EngineError, ModelFileError) as error:
        raise TuningError(f"The examples cannot be laid out for “{source.name}”: {str(error).rstrip('.')}.") from error
    return [each for each in rendered if each is not None]


def _rendered(engine: Engine, template: ChatTemplate, example: Example, most_tokens: int) -> Rendered | None:
    segments = template.segments(example.messages)
    answer = Segment(example.completion, is_template=False)
    if len(example.completion) + sum(len(segment.text) for segment in segments) > most_tokens * _LONGEST_TOKEN_CHARS:
        return None
    prompt = engine.encode(segments)
    tokens = [*engine.encode([*segments, answer]), engine.end]
    if len(tokens) > most_tokens:
        return None
    return Rendered(id=example.id, tokens=tuple(tokens), prompt_tokens=len(prompt), weight=example.weight)
