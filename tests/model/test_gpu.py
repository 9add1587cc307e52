"""On a GPU kefu computes what it computes on the CPU (make test-gpu)."""

import pytest

from bot.model.generate import Request
from bot.model.live import same_fingerprint
from bot.model.load import STARTER_DIRECTORY, load_generator, resolve_base

torch = pytest.importorskip("torch")
pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

ASKED = [
    Request(
        question="How long is the warranty?",
        language="en",
        passages=("Warranty\nGoods have a warranty of 1 year, appliances of 2 years.",),
        max_new_tokens=32,
    ),
    Request(
        question="保修多久？",
        language="zh",
        passages=("保修\n商品保修1年，小家电保修2年。",),
        max_new_tokens=32,
    ),
]


def test_the_generator_writes_the_same_on_both() -> None:
    base = resolve_base(str(STARTER_DIRECTORY))
    cpu, gpu = load_generator(base), load_generator(base, device="cuda")
    assert same_fingerprint(
        f"generator:{cpu.logits_fingerprint()}", f"generator:{gpu.logits_fingerprint()}"
    )
    assert gpu.generate(ASKED) == cpu.generate(ASKED)
