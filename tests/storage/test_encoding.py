"""Every record survives its way through JSON, whatever it holds."""

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage import records
from storage.columns import original, storable
from storage.encoding import decode, decode_event, encode, encode_event, to_text
from storage.records import Message, Reply, Turn
from tests.storage.make import message, turn, vote

RECORDS = [each for each in vars(records).values() if is_dataclass(each)]
EVENTS = [records.Message, records.Vote, records.Correction, records.Choice]

_numbers = st.floats(allow_nan=False, allow_infinity=False)
_leaves = st.none() | st.booleans() | st.integers() | _numbers | st.text()
_json: Any = st.dictionaries(
    st.text(), st.recursive(_leaves, lambda inner: st.lists(inner, max_size=2))
)
_hours = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)))
_moments = st.datetimes(
    min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2999, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    timezones=_hours,
)
_event = st.one_of(*map(st.builds, EVENTS))
st.register_type_strategy(datetime, _moments)
st.register_type_strategy(Mapping, _json)
st.register_type_strategy(float, _numbers)
st.register_type_strategy(str, st.text(st.characters()))


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_record_comes_back_equal(kind: Any, data: st.DataObject) -> None:
    given_event = {"event": _event} if kind is records.Claim else {}
    record = data.draw(st.builds(kind, **given_event))
    assert decode(kind, json.loads(to_text(encode(record)))) == record


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.__name__)
@given(data=st.data())
@settings(max_examples=10, deadline=None)
def test_every_event_comes_back_as_its_kind(kind: Any, data: st.DataObject) -> None:
    event = data.draw(st.from_type(kind))
    assert decode_event(json.loads(to_text(encode_event(event)))) == event


def test_times_are_written_in_utc() -> None:
    beijing = timezone(timedelta(hours=8))
    written = encode(message(sent_at=datetime(2026, 3, 1, 8, 0, tzinfo=beijing)))
    assert written["sent_at"] == "2026-03-01T00:00:00+00:00"


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 3, 1)  # noqa: DTZ001 - that is the point
    with pytest.raises(ValueError, match="zone"):
        encode(message(sent_at=naive))


def test_what_a_newer_kefu_added_is_passed_over() -> None:
    assert decode_event({**encode_event(message()), "mood": "sunny"}) == message()


def test_what_an_older_kefu_did_not_write_takes_its_default() -> None:
    written = encode(message())
    del written["workspace"]
    assert decode(Message, written) == message()


def test_what_has_no_default_must_be_there() -> None:
    with pytest.raises(TypeError, match="origin"):
        decode(Reply, {"text": "hello"})
    with pytest.raises(KeyError):
        decode_event({**encode_event(vote(True)), "kind": "wink"})


def test_numbers_of_other_makes_are_kept() -> None:
    class Score(float):
        """As numpy's float64 is one."""

    written = json.loads(to_text(encode(turn(why={"score": Score(0.5)}))))
    assert decode(Turn, written).why == {"score": 0.5}


def test_json_stays_readable_and_is_never_half_a_character() -> None:
    assert to_text({"a": "你好👍"}) == '{"a": "你好👍"}'
    assert to_text({"a": "\ud83d"}) == '{"a": "\\ud83d"}'
    with pytest.raises(ValueError, match="JSON"):
        to_text({"score": float("nan")})


@given(st.text(st.characters() | st.sampled_from("\x00\x10\ud800\udfff01d")))
def test_any_text_can_be_stored_and_comes_back(text: str) -> None:
    stored = storable(text)
    assert original(stored) == text
    assert "\x00" not in stored
    assert stored.encode().decode() == stored


def test_ordinary_text_is_stored_as_it_is() -> None:
    assert storable("Where is it?\n我的包裹 👍\t") == "Where is it?\n我的包裹 👍\t"
    assert encode(message())["sent_at"] == message().sent_at.astimezone(UTC).isoformat()
