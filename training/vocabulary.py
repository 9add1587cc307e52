"""A SentencePiece BPE vocabulary as a `tokenizer.json` that gives the same ids.

Bytes back it, so every text survives: what is encoded decodes to the same characters.
"""

import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from bot.model.files import write_json
from bot.model.tokens import CONTROL_PIECES, END, PAD
from training.facts import COMMON_CHARACTERS

TOKENIZER_FILES: Final = ("tokenizer.json", "tokenizer_config.json")
SPACE: Final = "▁"
UNKNOWN: Final = "<unk>"


def train_vocabulary(texts: Iterable[str], pieces: int) -> bytes:
    """Train it; gives the SentencePiece model's bytes. The same texts, the same bytes.

    Common Chinese characters are pieces of their own, seen in the texts or not.
    """
    import sentencepiece

    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=model,
        model_type="bpe",
        vocab_size=pieces,
        byte_fallback=True,
        split_digits=True,
        character_coverage=1.0,
        required_chars=COMMON_CHARACTERS,
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        max_sentence_length=16384,
        bos_id=-1,
        eos_id=-1,
        pad_id=-1,
        unk_piece=UNKNOWN,
        user_defined_symbols=",".join(CONTROL_PIECES),
        num_threads=1,
        minloglevel=2,
    )
    return model.getvalue()


def write_tokenizer(model: bytes, directory: Path, *, positions: int) -> None:
    """Write tokenizer.json and tokenizer_config.json, for any user of transformers."""
    directory.mkdir(parents=True, exist_ok=True)
    row = _tokenizer(_pieces(model))
    text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
    (directory / "tokenizer.json").write_text(text, encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": END,  # as GPT-2 has it; other engines ask for one
        "eos_token": END,
        "pad_token": PAD,
        "unk_token": UNKNOWN,
        "additional_special_tokens": [
            piece for piece in CONTROL_PIECES if piece not in (END, PAD)
        ],
        "clean_up_tokenization_spaces": False,
        "model_max_length": positions,
    }
    write_json(directory / "tokenizer_config.json", settings)


def _pieces(model: bytes) -> list[str]:
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_proto=model)
    return [processor.id_to_piece(number) for number in range(len(processor))]


def _tokenizer(pieces: list[str]) -> dict[str, Any]:
    """A BPE of `tokenizers`; SentencePiece's ids are its ranks of merging."""
    special = {UNKNOWN, *CONTROL_PIECES}
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    is_byte = {f"<0x{value:02X}>" for value in range(256)}
    merges = [
        (piece[:cut], piece[cut:])
        for piece in pieces
        if piece not in special and piece not in is_byte
        for cut in range(1, len(piece))
        if piece[:cut] in vocabulary and piece[cut:] in vocabulary
    ]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": vocabulary[piece],
                "content": piece,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
            for piece in pieces
            if piece in special
        ],
        "normalizer": {
            "type": "Replace",
            "pattern": {"String": " "},
            "content": SPACE,
        },
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {
            "type": "Sequence",
            "decoders": [
                {"type": "Replace", "pattern": {"String": SPACE}, "content": " "},
                {"type": "ByteFallback"},
                {"type": "Fuse"},
            ],
        },
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": UNKNOWN,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": merges,
        },
    }
