"""The model while it learns: torch, peft and an optimiser, and nothing of files but the last adapter."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.tuning.checkpoint import load_weights
from models.tuning.errors import TuningError, require_four_bit
from models.tuning.packing import Pack, Stack, stacked
from models.tuning.recipe import Recipe

if TYPE_CHECKING:
    from torch import Tensor

_CLIP = 1.0
_WEIGHT_DECAY = 0.01
_CARD_TOKENS = 2**15
"""Computed at once by a card, which is idle most of the time otherwise; a processor takes one pack at a time."""


class Learner:
    """The checkpoint in `folder` with an adapter beside its matrices, which alone is learnt.

    `teacher` is the folder of another checkpoint of the same tokens, whose guesses are learnt by the recipe's `distil`.
    """

    def __init__(self, folder: Path, recipe: Recipe, teacher: Path | None = None) -> None:
        import torch
        from peft import LoraConfig, get_peft_model
        from torch.optim import AdamW

        torch.set_num_threads(recipe.threads)
        torch.manual_seed(recipe.seed)
        self.device = _device(recipe)
        self.tokens_at_once = _CARD_TOKENS if self.device == "cuda" else 0
        """At most, as soon as it is more than one pack's."""
        self._distil = recipe.distil
        base = load_weights(folder, **_four_bit(recipe, self.device))
        base.config.use_cache = False
        _keep_learnable(base)
        self._teacher: Any = None
        if recipe.distil and teacher is not None:
            self._teacher = load_weights(teacher).eval().to(self.device)
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
        self._model: Any = get_peft_model(base, config)
        if not recipe.four_bit:  # those lie where they are to be already
            self._model = self._model.to(self.device)
        if recipe.gradient_checkpointing:
            self._model.enable_input_require_grads()
            self._model.gradient_checkpointing_enable()
        self._learnt = {name: held for name, held in self._model.named_parameters() if held.requires_grad}
        self._optimiser = AdamW(self._learnt.values(), lr=recipe.learning_rate, weight_decay=_WEIGHT_DECAY)

    def learn(self, packs: Sequence[Pack], *, rate: float, seed: int) -> float:
        """Make one step of the learning rate `rate`; gives the mean loss a token before it.

        Where that is no number, no step is made.
        """
        import torch

        torch.manual_seed(seed)  # the same after a restart
        self._model.train()
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        counted = sum(sum(each.weights) for each in packs)
        total = 0.0
        for together in self._together(packs):
            loss = self._summed(together) / counted
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        norm = torch.nn.utils.clip_grad_norm_(self._learnt.values(), _CLIP)
        if bool(torch.isfinite(norm)):
            self._optimiser.step()
        else:
            total = float("nan")
        self._optimiser.zero_grad()
        return total

    def loss(self, packs: Sequence[Pack]) -> float:
        """Mean loss a token of the answers, by the weights of the tokens, whatever a teacher guesses."""
        import torch

        self._model.eval()
        with torch.inference_mode():
            total = sum(float(self._summed(together, distil=0.0)) for together in self._together(packs))
        return total / sum(sum(each.weights) for each in packs)

    def weights(self) -> "dict[str, Tensor]":
        """A copy of the adapter's weights."""
        return {name: held.detach().cpu().clone() for name, held in self._learnt.items()}

    def load(self, weights: "Mapping[str, Tensor]") -> None:
        """Put back what `weights` gave."""
        import torch

        with torch.no_grad():
            for name, held in self._learnt.items():
                held.copy_(weights[name])

    def state(self) -> "dict[str, Tensor]":
        """All that the next step depends on."""
        tensors = {f"now.{name}": tensor for name, tensor in self.weights().items()}
        for at, state in self._optimiser.state_dict()["state"].items():
            tensors |= {f"adam.{at}.{name}": tensor for name, tensor in state.items()}
        return tensors

    def restore(self, tensors: "Mapping[str, Tensor]") -> None:
        """Put back what `state` gave."""
        self.load({name.removeprefix("now."): held for name, held in tensors.items() if name.startswith("now.")})
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("adam."):
                _, at, part = name.split(".", 2)
                state.setdefault(int(at), {})[part] = tensor
        self._optimiser.load_state_dict(self._optimiser.state_dict() | {"state": state})

    def write(self, folder: Path) -> None:
        """The adapter as peft reads it."""
        self._model.save_pretrained(str(folder))
        (folder / "README.md").unlink(missing_ok=True)  # a model card of placeholders

    def _together(self, packs: Sequence[Pack]) -> Iterator[Sequence[Pack]]:
        """The packs that are computed at once."""
        room = self.tokens_at_once
        begin = 0
        for at in range(1, len(packs) + 1):
            longest = max(len(each.tokens) for each in packs[begin : at + 1])
            if at == len(packs) or (at + 1 - begin) * longest > room:
                yield packs[begin:at]
                begin = at

    def _summed(self, packs: Sequence[Pack], *, distil: float | None = None) -> "Tensor":
        """Weighted sum of the losses of all tokens that are learnt; `distil` in the place of the recipe's."""
        import torch

        distil = self._distil if distil is None else distil
        stack = stacked(packs, self.device)
        learnt = stack.weights.nonzero(as_tuple=True)
        logits = self._logits(self._model.get_base_model(), stack, learnt)
        losses = torch.nn.functional.cross_entropy(logits, stack.tokens[learnt], reduction="none")
        if distil:
            here, there = logits.log_softmax(-1), self._taught(stack, learnt).log_softmax(-1)
            losses = (1 - distil) * losses + distil * (there.exp() * (there - here)).sum(-1)
        return (losses * stack.weights[learnt]).sum()

    def _taught(self, stack: Stack, learnt: "tuple[Tensor, ...]") -> "Tensor":
        """The logits of who teaches."""
        import torch

        with torch.no_grad():
            if self._teacher is not None:
                return self._logits(self._teacher, stack, learnt)
            with self._model.disable_adapter():
                return self._logits(self._model.get_base_model(), stack, learnt)

    def _logits(self, model: Any, stack: Stack, learnt: "tuple[Tensor, ...]") -> "Tensor":
        """A model's guesses, as logits, at the tokens that are learnt, and only there: elsewhere they take more than
        all else."""
        import torch

        rows, columns = learnt
        with torch.autocast(self.device, dtype=torch.bfloat16, enabled=self.device == "cuda"):
            hidden = model.model(
                input_ids=stack.tokens, attention_mask=stack.mask, position_ids=stack.places, use_cache=False
            ).last_hidden_state[rows, columns - 1]
            logits: Tensor = model.get_output_embeddings()(hidden).float()
        return logits


def _four_bit(recipe: Recipe, device: str) -> dict[str, Any]:
    """How the weights are loaded for QLoRA; nothing where they are loaded whole."""
    if not recipe.four_bit:
        return {}
    require_four_bit()
    import torch
    from transformers import BitsAndBytesConfig

    is_card = device == "cuda"
    config = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16 if is_card else torch.float32,
    )
    return {"quantization_config": config, "device_map": {"": 0 if is_card else "cpu"}}


def _keep_learnable(base: Any) -> None:
    """Have bitsandbytes leave weights as they are that a processor looks at before it learns.

    The form that it would bring them into for that is quicker, has no gradients, and is never left again: the loss
    would fall a little and then rise, without an error.
    """
    for module in base.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def _device(recipe: Recipe) -> str:
    import torch

    there = torch.cuda.is_available()
    if recipe.device == "cuda" and not there:
        raise TuningError("There is no CUDA card here: train on the processor, with the device “cpu”.")
    return "cuda" if there and recipe.device != "cpu" else "cpu"
