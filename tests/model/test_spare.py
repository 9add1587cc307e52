"""A graphics card that is full or gone: the processor writes, and it is tried again."""

import logging
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
import torch

from bot.model.generate import Request
from bot.model.load import BaseModel, load_generator, load_language_model
from bot.model.reference import TransformersGenerator
from bot.model.spare import Spare


class Crowded(TransformersGenerator):
    """A real generator whose device has room for a number of requests at once."""

    def __init__(self, base: BaseModel, room: int) -> None:
        super().__init__(lambda: load_language_model(base))
        self.room, self.asked = room, 0

    def generate(self, requests: Sequence[Request]) -> list[str]:
        self.asked += 1
        if len(requests) > self.room:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB")
        return super().generate(requests)

    def logits_fingerprint(self) -> str:
        if not self.room:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return super().logits_fingerprint()


def ask(count: int) -> list[Request]:
    return [
        Request(question=f"{n} parcels", language="en", max_new_tokens=4)
        for n in range(count)
    ]


def test_where_room_is_short_fewer_are_written_at_once(tiny_base: BaseModel) -> None:
    card = Crowded(tiny_base, room=2)
    calm = TransformersGenerator(lambda: load_language_model(tiny_base))
    spare = Spare(card, calm, device="cuda")
    assert spare.generate(ask(5)) == calm.generate(ask(5))
    assert card.asked == 5  # five, two, three, one and two
    assert spare.logits_fingerprint() == calm.logits_fingerprint()


def test_a_full_card_is_left_alone_for_a_while(
    tiny_base: BaseModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    card = Crowded(tiny_base, room=0)
    second = load_generator(tiny_base, kept=tmp_path / "engine")
    spare = Spare(card, second, device="cuda", rest_seconds=0.2)
    with caplog.at_level(logging.ERROR):
        assert spare.generate(ask(3)) == second.generate(ask(3))
        assert spare.logits_fingerprint() == second.logits_fingerprint()
    [record] = caplog.records
    assert "KF-316" in record.getMessage()
    assert "KEFU_DEVICE=cuda" in record.getMessage()
    assert "fix" in record.getMessage()
    before = card.asked
    assert spare.generate(ask(1)) == second.generate(ask(1))
    assert card.asked == before
    card.room = 9
    time.sleep(0.25)
    assert spare.generate(ask(2))
    assert card.asked == before + 1


def test_what_is_not_the_devices_fault_is_not_hidden(tiny_base: BaseModel) -> None:
    class Broken(Crowded):
        def generate(self, requests: Sequence[Request]) -> list[str]:
            raise RuntimeError(f"{len(requests)} shapes do not fit")

    spare = Spare(Broken(tiny_base, 1), Crowded(tiny_base, 9), device="cuda")
    with pytest.raises(RuntimeError, match="shapes"):
        spare.generate(ask(1))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a graphics card")
def test_a_device_that_was_never_there_costs_nobody_a_reply(
    tiny_base: BaseModel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    generator = load_generator(tiny_base, device="cuda", kept=tmp_path / "engine")
    wanted = load_generator(tiny_base, kept=tmp_path / "engine")
    with caplog.at_level(logging.ERROR):
        assert generator.generate(ask(2)) == wanted.generate(ask(2))
    assert "KF-316" in caplog.text
