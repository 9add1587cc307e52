"""Weights to CTranslate2, once. The only file of the encoder that needs torch.

The result appears whole or not at all: it is written beside and renamed.
"""

import shutil
import tempfile
from pathlib import Path

from bot.model.files import refuse_unsafe, unreadable


def convert_encoder(directory: Path, target: Path) -> None:
    """Convert a BERT-like encoder to int8 in `target`.

    Raises EnvironmentProblem KF-303 for unsafe files and KF-304 for weights that
    cannot be converted.
    """
    import ctranslate2
    from transformers.utils import logging

    refuse_unsafe(directory)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".convert-") as beside:
        logging.disable_progress_bar()  # it would write over the terminal
        try:
            ctranslate2.converters.TransformersConverter(
                str(directory), low_cpu_mem_usage=True
            ).convert(f"{beside}/model", quantization="int8")
        except Exception as problem:
            # The converter raises whatever transformers and torch do; it is told.
            raise unreadable(directory, problem) from problem
        try:
            (Path(beside) / "model").rename(target)
        except OSError:
            # Another process was first, or an old attempt was cut short.
            if not (target / "model.bin").is_file():
                shutil.rmtree(target)
                (Path(beside) / "model").rename(target)
