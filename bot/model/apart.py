"""Converting weights in a process of its own, so that the one that serves stays small.

What torch needs in memory goes with the child. It ends when its parent does: it reads
its standard input, which closes then.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from storage.problems import EnvironmentProblem, ExitCode

_FIELDS: Final = ("code", "what", "where", "why", "fix")


def encoder_apart(directory: Path, target: Path) -> None:
    """`convert.convert_encoder` in a child.

    Raises EnvironmentProblem: what it raises, or KF-313 if the child was killed.
    """
    _run("encoder", directory, target)


def generator_apart(directory: Path, lora: Path | None, target: Path) -> bool:
    """`load.convert_base` in a child.

    Raises EnvironmentProblem: what it raises, or KF-313 if the child was killed.
    """
    more = () if lora is None else (lora,)
    return _run("generator", directory, target, *more) == ExitCode.DONE


def _run(kind: str, *paths: Path) -> int:
    with (
        TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(  # noqa: S603 - our own program, no shell
            [sys.executable, "-m", "bot.model.apart", kind, *map(str, paths)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        ) as child,
    ):
        said = child.stdout.read() if child.stdout else ""
        child.wait()
        errors.seek(0)
        last = errors.read().strip().splitlines()[-1:] or ["it said nothing"]
    if child.returncode == ExitCode.ENVIRONMENT:
        told = json.loads(said)
        raise EnvironmentProblem(told.pop("code"), told.pop("what"), **told)
    if child.returncode not in (ExitCode.DONE, ExitCode.ANSWER_IS_NO):
        raise EnvironmentProblem(
            "KF-313",
            "the weights could not be converted for this machine",
            where=str(paths[0]),
            why=f"the process that converts ended with {child.returncode}: {last[0]}",
            fix="see that memory and disk are free, then start again",
        )
    return child.returncode


def main() -> int:
    """The child: `python -m bot.model.apart encoder|generator FROM TO [LORA]`."""
    kind, directory, target, *lora = sys.argv[1:]
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        done = _work(kind, Path(directory), Path(target), *map(Path, lora))
    except EnvironmentProblem as problem:
        sys.stdout.write(json.dumps({name: getattr(problem, name) for name in _FIELDS}))
        return ExitCode.ENVIRONMENT
    return ExitCode.DONE if done else ExitCode.ANSWER_IS_NO


def _work(kind: str, directory: Path, target: Path, lora: Path | None = None) -> bool:
    from bot.model.convert import convert_encoder
    from bot.model.load import convert_base

    if kind == "encoder":
        convert_encoder(directory, target)
        return True
    return convert_base(directory, lora, target)


def _end_with_the_parent() -> None:
    sys.stdin.read()
    os._exit(ExitCode.OUR_BUG)


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)
