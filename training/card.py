"""The starter's model card, written from its figures so that both always agree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_CARD: Final = """\
---
language: [zh, en]
license: apache-2.0
library_name: transformers
pipeline_tag: text-generation
tags: [gpt2, customer-support, grounded-generation]
---

# kefu-starter

A very small GPT-2 that ships with kefu, so that a fresh machine can write replies
without a download. It reads passages and a question and says what one of them says.
When none answers it ought to say so, but seldom does (`missing` below): kefu asks it
only when the search is sure, and its guard checks every reply before it is sent. It
knows nothing else and is no general language model.

| | |
| --- | --- |
| architecture | {shape} |
| parameters | {parameters:,} |
| vocabulary | 8,000 SentencePiece BPE pieces with byte fallback, single digits |
| weights | bfloat16, safetensors, SHA-256 `{sha256}` |
| licence | Apache-2.0 |

## Data

Trained from drawn weights on kefu's own texts alone: the invented shop in `bot/demo`
(approved answers and how they are asked, policy pages) and made-up sentences. Numbers
and names are drawn anew in every example, so that they can only be read, not known.
No customer's text, no downloaded text and no other model was used. One topic in eight,
two policy documents of ten and one property in six were held out, and no test question
was read. Training: {training}

## Measured on what was held out

Held-out loss of the reply's tokens: {held_out_loss}. Greedy decoding, packed weights.
*Facts carried*: replies with every number of the right part and no other.

| examples | language | how many | facts carried | word for word |
| --- | --- | --- | --- | --- |
{rows}

`missing`: no passage answers; *word for word* is the share that honestly said so.

Questions about the policy pages that were never trained on (most of the pages were,
with other numbers), with the right section and one other: every fact carried in
{zh_policy:.0%} (Chinese) and {en_policy:.0%} (English).

Speed where it was made, one reply at a time on one processor thread, int8 engine:
{reply_ms_p50} ms per reply (p50), {tokens_per_second} tokens per second (transformers
in float32: {reference_reply_ms_p50} ms, {reference_tokens_per_second} tokens).

## Use

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("bot/model/starter")
tokenizer = AutoTokenizer.from_pretrained("bot/model/starter")
```

The prompt is kefu's template (`bot/model/prompt.py`), the nearest passage last:
`<|passage|>...<|passage|><|agent|><|en|>nearest<|end|><|customer|>question<|agent|><|en|>`.
A reply ends with `<|end|>`.

## Limits

It copies better than it chooses: with several passages it may pick a wrong sentence,
or glue two with like words together, and questions that share no word with their
passage are hard for it. It is meant to be replaced (`KEFU_BASE_MODEL`) or fine-tuned on
a company's own answers.
"""


def write_card(
    directory: Path, figures: Mapping[str, Any], *, shape: str, training: str
) -> None:
    """Write README.md. `figures` are those of `starter.measure`."""
    rows = [
        f"| {row['kind']} | {row['language']} | {row['examples']} "
        f"| {_share(row['facts_carried'], row['with_facts'])} "
        f"| {row['word_for_word']:.0%} |"
        for row in figures["grounded"]
    ]
    text = _CARD.format(
        shape=shape,
        training=training,
        rows="\n".join(rows),
        zh_policy=figures["policy_questions"]["zh_facts_carried"],
        en_policy=figures["policy_questions"]["en_facts_carried"],
        **{name: figures[name] for name in _PLAIN},
    )
    (directory / "README.md").write_text(text, encoding="utf-8")


_PLAIN: Final = (
    "parameters",
    "sha256",
    "held_out_loss",
    "reply_ms_p50",
    "tokens_per_second",
    "reference_reply_ms_p50",
    "reference_tokens_per_second",
)


def _share(share: float, count: int) -> str:
    return f"{share:.0%} of {count}" if count else "-"
