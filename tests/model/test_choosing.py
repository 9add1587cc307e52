"""One of several texts is said, whole: the model is asked only where they part."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.model.choosing import Ids, along, below_heading, choices, forks
from bot.model.prompt import NOT_IN_PASSAGES

END = 0


class Likes:
    """Scores by a fixed liking of each token after any row, and what was asked."""

    def __init__(self, *liked: int) -> None:
        self.liked = np.zeros(10, dtype=np.float32)
        for place, token in enumerate(liked):
            self.liked[token] = len(liked) - place
        self.asked: list[list[list[int]]] = []

    def __call__(self, rows: Sequence[list[int]]) -> list[NDArray[np.float32]]:
        self.asked.append([list(row) for row in rows])
        return [self.liked for _ in rows]


def test_it_is_asked_where_texts_part_and_nowhere_else() -> None:
    texts = ((1, 2, 3, 4, END), (1, 2, 5, 6, END), (1, 2, 5, 7, END))
    likes = Likes(9, 5, 7)  # 9 would come first, and stands in none of them
    assert along({0: [8]}, {0: texts}, likes) == {0: (1, 2, 5, 7, END)}
    assert likes.asked == [[[8, 1, 2]], [[8, 1, 2, 5]]]


def test_where_there_is_one_text_nothing_is_asked() -> None:
    likes = Likes()
    texts = ((3, END), (3, END))
    assert along({4: [8]}, {4: texts}, likes) == {4: (3, END)}
    assert likes.asked == []


def test_prompts_are_asked_together() -> None:
    likes = Likes(2, 1)
    texts = {0: ((1, END), (2, END)), 1: ((1, END),), 2: ((1, 1, END), (1, 2, END))}
    said = along({0: [8], 1: [8], 2: [8, 8]}, texts, likes)
    assert said == {0: (2, END), 1: (1, END), 2: (1, 2, END)}
    assert likes.asked == [[[8], [8, 8, 1]]]


def test_a_text_that_goes_on_is_told_from_one_that_ends() -> None:
    texts = ((1, END), (1, 2, END))
    assert along({0: []}, {0: texts}, Likes(2))[0] == (1, 2, END)
    assert along({0: []}, {0: texts}, Likes(END))[0] == (1, END)


@given(
    st.lists(
        st.lists(st.integers(1, 4), max_size=5).map(lambda ids: (*ids, END)),
        min_size=1,
        max_size=6,
    ),
    st.permutations(range(5)),
)
def test_what_is_said_is_always_one_of_them(texts: list[Ids], liked: list[int]) -> None:
    likes = Likes(*liked)
    said = along({0: [9]}, {0: texts}, likes)[0]
    assert said in texts
    asked = [len(row) - 1 for rows in likes.asked for row in rows]
    assert set(asked) <= set(forks(said, texts))


def test_forks_are_the_places_where_another_goes_on_otherwise() -> None:
    assert forks((1, 2, 3, END), [(1, 2, 4, END), (5, END)]) == [0, 2]
    assert forks((1, END), [(1, 2, END)]) == [1]
    assert forks((1, 2), [(1, 2)]) == []
    assert forks((1,), [(1, 2)]) == []  # cut short: there is no place to part at


def test_a_part_a_passage_without_its_heading_or_that_none_answers() -> None:
    passage = "Returns\nWithin 30 days.\nUnworn."
    said = choices(["Within 30 days."], [passage], "en")
    assert said == (
        "Within 30 days.",
        "Within 30 days.\nUnworn.",
        NOT_IN_PASSAGES["en"],
    )
    assert choices([], [], "en") == ()
    assert below_heading("One line.") == "One line."
    assert below_heading("Title\n\n") == "Title"
