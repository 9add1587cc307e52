"""The starter's model card, written from its figures so that both always agree."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from training.sources import Source

_CARD: Final = """\
---
language: [zh, en]
license: cc-by-sa-4.0
library_name: transformers
pipeline_tag: text-generation
tags: [gpt2, customer-support, grounded-generation]
---

# kefu-starter

A small bilingual GPT-2 that ships with kefu, so that a fresh machine can write replies
without a download. It has read service dialogues in Chinese and English, and has learnt
to answer from passages: it says what one of them says, to the character, or that none
of them answers. It knows little else and is no general assistant.

| | |
| --- | --- |
| architecture | {shape} |
| parameters | {parameters:,} |
| vocabulary | {pieces:,} SentencePiece BPE pieces with byte fallback, single digits |
| weights | bfloat16, safetensors, SHA-256 `{sha256}` |
| licence of these weights | CC BY-SA 4.0; kefu's code is Apache-2.0 |

## Licence

The files of this directory are licensed under Creative Commons
Attribution-ShareAlike 4.0 International
(https://creativecommons.org/licenses/by-sa/4.0/), because some of the texts they were
made from ask for that. Who passes them on, changed or not, names kefu and the sources
below and keeps this licence. Models fine-tuned from them on a company's own machine are
that company's to use; passing those weights on falls under the same licence.

## Data

{training}

Trained from drawn weights; no other model was used, and no customer's text. Files made
for measuring (dev, test) were not read. One dialogue, page and question in twenty, one
topic in eight and two documents of ten of the demo shop, and one in six of the made-up
attributes, sentence frames and things were held out. In every example to be read,
numbers, dates, amounts, order numbers, links, addresses and most names are drawn anew,
so that they can only be read, not known. None of them exists.

| set | licence | source | attribution |
| --- | --- | --- | --- |
{sources}
| kefu's own | Apache-2.0 | `bot/demo`, `training/` | the kefu authors |

tidb-zh's CC BY-SA 3.0 allows adaptations under a later version of the same licence.
The texts were changed: shortened, joined, and their numbers and names replaced.

## Measured on what was held out

Packed weights on the engine that serves them: of the parts that are read, ranked by
meaning, and the words that none answers, the model chooses one, token by token where
they part. Texts without such a choice are decoded greedily.

| | zh | en |
| --- | --- | --- |
| replies that carry exactly the passage's fresh facts, two passages beside | \
{zh[facts_carried_fresh]:.1%} | {en[facts_carried_fresh]:.1%} |
| the same, all kinds below together | {zh[facts_carried]:.1%} | \
{en[facts_carried]:.1%} |
| unanswerable questions that were refused | {zh[refused_rightly]:.1%} | \
{en[refused_rightly]:.1%} |
| answerable questions that were refused | {zh[refused_wrongly]:.1%} | \
{en[refused_wrongly]:.1%} |
{texts}
| policy pages of the demo shop: every fact carried | {zh_policy:.0%} | \
{en_policy:.0%} |

*Facts carried*: every number, code, link and address of the passage's part is in the
reply, and no other, and what was asked for is there to the character. *Not found*: the
share of replies that say that no passage answers (right only in the `missing` rows).

| examples | language | how many | facts carried | word for word | not found |
| --- | --- | --- | --- | --- | --- |
{rows}

Loss of the reply's tokens: {held_out_loss}. Speed where it was made, one reply at a
time on one processor thread, int8 engine: {reply_ms_p50} ms per reply (p50),
{tokens_per_second} tokens per second (transformers in float32:
{reference_reply_ms_p50} ms, {reference_tokens_per_second} tokens).

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

It copies better than it chooses: among passages about like things it may pick a wrong
one, and a question that shares no word with its passage is hard for it. kefu's guard
checks every reply against its sources before a customer sees it. It is meant to be
replaced (`KEFU_BASE_MODEL`) or fine-tuned on a company's own answers.
"""


def write_card(
    directory: Path,
    figures: Mapping[str, Any],
    *,
    shape: str,
    training: str,
    sources: Sequence[Source] = (),
) -> None:
    """Write README.md. `figures` are those of `starter.measure`."""
    policy = figures["policy_questions"]
    text = _CARD.format(
        shape=shape,
        training=training,
        sources="\n".join(map(_source_row, sources)),
        texts=_texts(figures["texts"]),
        rows="\n".join(map(_row, figures["grounded"])),
        zh=figures["summary"]["zh"],
        en=figures["summary"]["en"],
        zh_policy=policy["zh_facts_carried"],
        en_policy=policy["en_facts_carried"],
        **{name: figures[name] for name in _PLAIN},
    )
    (directory / "README.md").write_text(text, encoding="utf-8")


_PLAIN: Final = (
    "parameters",
    "pieces",
    "sha256",
    "held_out_loss",
    "reply_ms_p50",
    "tokens_per_second",
    "reference_reply_ms_p50",
    "reference_tokens_per_second",
)


def _source_row(source: Source) -> str:
    cells = (source.name, source.licence, source.origin, source.attribution)
    return "| " + " | ".join(cells) + " |"


def _row(row: Mapping[str, Any]) -> str:
    carried = f"{row['facts_carried']:.0%} of {row['with_facts']}"
    return (
        f"| {row['kind']} | {row['language']} | {row['examples']} "
        f"| {carried if row['with_facts'] else '-'} "
        f"| {row['word_for_word']:.0%} | {row['said_not_found']:.0%} |"
    )


def _texts(texts: Mapping[str, Mapping[str, float]]) -> str:
    if not texts:
        return "| bits per character of held-out text | not measured | not measured |"
    zh, en = texts["zh"], texts["en"]
    return (
        f"| bits per character of held-out text | {zh['model']} | {en['model']} |\n"
        f"| the same, of a character 5-gram of the same data | {zh['five_gram']} "
        f"| {en['five_gram']} |\n"
        f"| fewer bits than it | {zh['better']:.0%} | {en['better']:.0%} |"
    )
