"""What goes wrong, said so that a person can mend it.

Every problem says what, where, why and what to do next, and has a stable code.
It lives on the ground floor because every floor raises it.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ends."""

    DONE = 0
    ANSWER_IS_NO = 1
    USER_INPUT = 2
    ENVIRONMENT = 3
    PLATFORM_REFUSED = 4
    OUR_BUG = 70


class Problem(Exception):
    """Something a person can mend.

    Args:
        code: stable, "KF-" and three digits; looked up in docs/problems.md.
        what: one line, what went wrong.
        where: the file, line, setting or service.
        why: the reason, as far as we know it.
        fix: the next thing to do.
    """

    exit_code = ExitCode.ENVIRONMENT

    def __init__(
        self, code: str, what: str, *, where: str = "", why: str = "", fix: str = ""
    ) -> None:
        self.code, self.what = code, what
        self.where, self.why, self.fix = where, why, fix
        super().__init__(self.__str__())

    def __str__(self) -> str:
        rows = [("where", self.where), ("why", self.why), ("fix", self.fix)]
        lines = [f"error[{self.code}]: {self.what}"]
        return "\n".join(lines + [f"  {name}: {text}" for name, text in rows if text])


class BadInput(Problem):
    """The user gave something that cannot be used."""

    exit_code = ExitCode.USER_INPUT


class EnvironmentProblem(Problem):
    """The machine, the disk or the database is not as it must be."""

    exit_code = ExitCode.ENVIRONMENT


class PlatformRefused(Problem):
    """Slack or Telegram said no."""

    exit_code = ExitCode.PLATFORM_REFUSED
