"""Where a generator looked while it wrote: for developers, with transformers.

The model is the reference one, in float32, whatever engine wrote the reply; the prompt
is the one of serving. Attention tells where a model looked and not why it wrote what it
wrote (Jain and Wallace 2019).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.model.generate import Request, positions_in, prompt_of
from bot.model.reference import LanguageModel
from bot.model.tokens import Tokenizer, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention:
    """The attention of a reply.

    Attributes:
        prompt: the pieces of the prompt, as text.
        reply: the pieces of the reply.
        weights: what each piece of the reply gave to each piece of the prompt while it
            was being written, float32 [reply, prompt]; the mean of all layers and
            heads. A row adds up to 1 at most: the rest went to the reply before it.
    """

    prompt: tuple[str, ...]
    reply: tuple[str, ...]
    weights: NDArray[np.float32]


def attention_of(model: LanguageModel, request: Request, reply: str) -> Attention:
    """Show the model the prompt with the reply, and see where it looks.

    What does not fit into the model's positions is cut off the end of the reply.
    """
    import torch

    network, tokenizer = model
    room = positions_in(network.config.to_dict())
    prompt = prompt_of(tokenizer, request, room)
    said = encode(tokenizer, reply)[: room - len(prompt)]
    network.set_attn_implementation("eager")  # the only one that shows its weights
    with torch.inference_mode():
        ids = torch.tensor([[*prompt, *said]])
        looked = network.eval()(input_ids=ids, output_attentions=True).attentions
        mean = torch.stack([layer[0].float().mean(0) for layer in looked]).mean(0)
    # A piece is written from the place before it.
    first = len(prompt) - 1
    weights = mean[first : first + len(said), : len(prompt)].numpy()
    return Attention(
        prompt=tuple(_piece(tokenizer, each) for each in prompt),
        reply=tuple(_piece(tokenizer, each) for each in said),
        weights=weights.astype(np.float32),
    )


def _piece(tokenizer: Tokenizer, token: int) -> str:
    """One token as text: with the space before it, and control pieces by name."""
    name: str = tokenizer.convert_ids_to_tokens(token)
    if name.startswith(("<|", "<0x")):
        return name
    text: str = tokenizer.decode([token], clean_up_tokenization_spaces=False)
    spaced = name.startswith(("\u2581", "\u0120")) and not text.startswith(" ")
    return f" {text}" if spaced else text
