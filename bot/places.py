"""Places in a text that are spoken for: no two of them overlap.

Asking costs the logarithm of how many there are, so a text of nothing but entities is
read in the time of any other.
"""

from bisect import bisect_right


class Places:
    """Spans of one text, each taken by the first that asked for it."""

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []

    def take(self, start: int, end: int) -> bool:
        """Take the characters from `start` up to `end`, if all of them are free.

        An empty span takes nothing.
        """
        at = bisect_right(self._starts, start)
        if end <= start or (at and self._ends[at - 1] > start):
            return False
        if at < len(self._starts) and self._starts[at] < end:
            return False
        self._starts.insert(at, start)
        self._ends.insert(at, end)
        return True
