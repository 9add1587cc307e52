"""What is computed in: half of it is faster only where a processor is made for it."""

import torch


def quickest(device: str) -> torch.dtype:
    """bfloat16 where the device, "cpu" or "cuda", computes it at once, else float32.

    A processor without it takes some fifty times as long over bfloat16.
    """
    if device != "cpu":
        able = torch.cuda.is_bf16_supported()
    else:
        parts = torch.cpu.get_capabilities()
        able = bool(parts.get("avx512_bf16") or parts.get("amx_bf16"))
    return torch.bfloat16 if able else torch.float32
