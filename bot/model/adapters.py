"""What a tuning left beside the base, in peft's formats, put to use.

LoRA and AdaLoRA are merged into the weights, so that nothing is slower for them. Prefix
and prompt tuning learn tokens that stand before every prompt; those stay apart.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from bot.model.checks import check_tensors
from bot.model.files import read_json, refuse_unsafe
from storage.problems import EnvironmentProblem

WEIGHTS_FILE: Final = "adapter_model.safetensors"
CONFIG_FILE: Final = "adapter_config.json"
_MERGED: Final = frozenset(["LORA", "ADALORA"])
_BEFORE: Final = frozenset(["PREFIX_TUNING", "PROMPT_TUNING"])


def can_be_merged(adapter: Path | None) -> bool:
    """Whether the weights alone tell all: the fast engine can serve only those."""
    return adapter is None or _kind(adapter) in _MERGED


def check_adapter(adapter: Path) -> None:
    """Raise EnvironmentProblem unless its files are whole (KF-304) and known (KF-415).

    Nothing heavy is imported for it.
    """
    check_tensors(adapter / WEIGHTS_FILE)
    _kind(adapter)


def adapted(model: Any, adapter: Path) -> Any:
    """The model with what was tuned.

    Raises EnvironmentProblem: KF-306 if it does not fit, KF-303 and KF-304 for unsafe
    and damaged files, KF-415 for a kind that kefu does not know.
    """
    from peft import PeftModel

    refuse_unsafe(adapter)
    check_adapter(adapter)
    merges = can_be_merged(adapter)
    try:
        with quiet_peft():
            tuned = PeftModel.from_pretrained(
                model, str(adapter), local_files_only=True
            )
            if merges:
                return tuned.merge_and_unload()
    except Exception as problem:
        # peft raises bare errors for shapes and names that do not fit.
        raise other_base(adapter, f"{problem}") from problem
    from bot.model.soft import SoftPrompted

    return SoftPrompted(tuned)


@contextmanager
def quiet_peft() -> Iterator[None]:
    """Hide what peft 0.21 warns of without need.

    The first it causes in transformers 5 by being peft. The others are for LoRA: they
    know neither that AdaLoRA may leave a layer without a rank nor that it reads its
    own ranks, which it does.
    """
    with warnings.catch_warnings():
        for needless in (
            ".*is_gradient_checkpointing.*",
            r".*tensor\(s\) have invalid shape.*",
            ".*rank_pattern keys did not match.*lora_E.*",
        ):
            warnings.filterwarnings("ignore", message=needless)
        yield


def other_base(where: Path, why: str) -> EnvironmentProblem:
    """The problem of a release that does not fit the base: KF-306."""
    return EnvironmentProblem(
        "KF-306",
        "the release was trained on another base model",
        where=str(where),
        why=why,
        fix="set KEFU_BASE_MODEL back to that model, or train again",
    )


def _kind(adapter: Path) -> str:
    kind = read_json(adapter / CONFIG_FILE).get("peft_type")
    if kind not in _MERGED | _BEFORE:
        raise EnvironmentProblem(
            "KF-415",
            "what was tuned is of a kind that kefu does not know",
            where=str(adapter / CONFIG_FILE),
            why=f"its peft_type is {kind}",
            fix="kefu uses " + ", ".join(sorted(_MERGED | _BEFORE)) + "; train again",
        )
    return str(kind)
