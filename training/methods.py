"""How the generator is tuned: the methods, each with what suits it.

All leave the base as it is and learn little beside it, in peft's own formats:
LoRA: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
AdaLoRA: Zhang et al. 2023, "Adaptive Budget Allocation for Parameter-Efficient
Fine-Tuning". Prefix tuning: Li and Liang 2021, "Prefix-Tuning: Optimizing Continuous
Prompts for Generation". Prompt tuning: Lester et al. 2021, "The Power of Scale for
Parameter-Efficient Prompt Tuning".
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

import torch
from peft import (
    AdaLoraConfig,
    LoraConfig,
    PrefixTuningConfig,
    PromptTuningConfig,
    PromptTuningInit,
    TaskType,
    get_peft_model,
    initialize_kv_prefix_from_past_key_values,
)

from bot.model.adapters import quiet_peft
from training.choice import WHOLE
from training.precision import quickest

Method = Literal["lora", "adalora", "prefix", "prompt", "none"]
METHODS: Final[tuple[Method, ...]] = ("lora", "adalora", "prefix", "prompt", "none")
Precision = Literal["auto", "float32", "bfloat16"]
# The highest learning rate of each: a few numbers must move further than many.
RATES: Final[dict[str, float]] = {
    "lora": 2e-3,
    "adalora": 4e-3,
    "prefix": 1e-2,
    "prompt": 1e-1,
}
GPT2_LAYERS: Final = ("c_attn", "c_proj", "c_fc")


@dataclass(frozen=True, slots=True, kw_only=True)
class FinetuneConfig:
    """How the generator is tuned.

    Attributes:
        rank, alpha, dropout: of LoRA and AdaLoRA.
        upper: share of the layers that LoRA and AdaLoRA adapt, from the last one down;
            what lies below them is computed once for all epochs, see `resting`.
        virtual: tokens that prefix and prompt tuning put before every prompt.
        rate: the highest learning rate, 0 takes the method's own; it warms up and
            falls as a cosine.
        most: lessons of an epoch; batch_tokens: of one batch, padding counted.
        accumulation: batches of one step.
        precision: what the frozen base computes in; "auto" is bfloat16 where the
            processor multiplies it faster. What is learnt stays in float32.
        longest: tokens of a lesson; more are cut from its passages.
        whole: first lessons of an answer that learn all of it, see `choice`; 0 is all.
        choosing: whether lessons with passages learn to choose among what is read, as
            serving asks it, see `turns`; else they learn the wording of answers.
        threads: of torch; 0 leaves it as it is.
    """

    method: Method = "lora"
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    upper: float = 0.5
    virtual: int = 16
    rate: float = 0.0
    epochs: int = 1
    most: int = 1000
    batch_tokens: int = 4096
    accumulation: int = 1
    precision: Precision = "auto"
    longest: int = 384
    whole: int = WHOLE
    choosing: bool = True
    warm_up: float = 0.05
    clip: float = 1.0
    threads: int = 0
    seed: int = 0

    @property
    def top_rate(self) -> float:
        """The highest learning rate."""
        return self.rate or RATES[self.method]


def with_method(
    model: Any, config: FinetuneConfig, *, steps: int, like: torch.Tensor
) -> Any:
    """The model with what is to be learnt beside it; the rest does not learn.

    Args:
        steps: of the whole training; AdaLoRA spreads its ranks over them.
        like: ids [virtual] of a text; what is put before prompts begins as it.

    Raises:
        ValueError: the method is "none", or one that the model cannot have.
    """
    with quiet_peft():
        tuned = get_peft_model(model, _config(model, config, steps))
    if config.method == "prefix":
        with torch.no_grad():
            read = model(input_ids=like[None], use_cache=True)
        initialize_kv_prefix_from_past_key_values(
            tuned, past_key_values=read.past_key_values
        )
    elif config.method == "prompt":
        words = model.get_input_embeddings().weight[like].detach()
        prompts = tuned.prompt_encoder["default"].embedding
        prompts.weight = torch.nn.Parameter(words.to(torch.float32).clone())
    return tuned


def _config(model: Any, config: FinetuneConfig, steps: int) -> Any:
    causal = TaskType.CAUSAL_LM
    gpt2 = model.config.model_type == "gpt2"
    # GPT-2's layers are Conv1D: their weights lie the other way round.
    layers = {
        "target_modules": list(GPT2_LAYERS) if gpt2 else "all-linear",
        "fan_in_fan_out": gpt2,
        "lora_alpha": config.alpha,
        "lora_dropout": config.dropout,
    }
    depth = model.config.num_hidden_layers
    resting = depth - max(1, round(config.upper * depth))
    if resting > 0:
        layers["layers_to_transform"] = list(range(resting, depth))
        layers["layers_pattern"] = "h" if gpt2 else "layers"
    match config.method:
        case "lora":
            return LoraConfig(task_type=causal, r=config.rank, **layers)
        case "adalora":
            # It begins with half as many ranks again, and gives them up in the middle.
            return AdaLoraConfig(
                task_type=causal,
                target_r=config.rank,
                init_r=config.rank + config.rank // 2,
                tinit=steps // 5,
                tfinal=steps // 3,
                total_step=max(2, steps),
                **layers,
            )
        case "prefix":
            return PrefixTuningConfig(
                task_type=causal, num_virtual_tokens=config.virtual
            )
        case "prompt":
            return PromptTuningConfig(
                task_type=causal,
                num_virtual_tokens=config.virtual,
                prompt_tuning_init=PromptTuningInit.RANDOM,
            )
        case _:
            raise ValueError(f"{config.method} trains nothing")


def is_narrow(precision: Precision, device: str) -> bool:
    """Whether the frozen base computes in bfloat16 on a device, "cpu" or "cuda"."""
    if precision != "auto":
        return precision == "bfloat16"
    return quickest(device) is torch.bfloat16
