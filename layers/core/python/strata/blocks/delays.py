"""The block that waits for a time; the wait is the machine's (`strata/delays.py`)."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from strata.blocks.answers import answer_of
from strata.blocks.schema import anything, number, text
from strata.model.block import ANSWER, Block, Context, Example, Values
from strata.model.control import MOST_DELAY_SECONDS
from strata.model.errors import InvalidInput

_RFC_3339 = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE
)
_NO_TIME = "must be a time such as 2026-12-24T18:00:00Z"


def end_of_delay(values: Values, now: datetime) -> datetime:
    """When a delay with these inputs ends that begins now; never before that.

    Raises InvalidInput."""
    for pin, sentence in _wrong_times(values, ()):
        raise InvalidInput(pin, sentence)
    if "until" not in values:
        return now + timedelta(seconds=values["seconds"])
    until = _time(values["until"])
    if until > now + timedelta(seconds=MOST_DELAY_SECONDS):
        raise InvalidInput("until", "must be within a year")
    return max(until, now)


def _wrong_times(constants: Values, linked: Collection[str]) -> Iterator[tuple[str, str]]:
    given = {pin for pin in ("seconds", "until") if pin in constants or pin in linked}
    if not given:
        yield "seconds", "must be given, or that of 'until'"
    elif len(given) > 1:
        yield "seconds", "must not stand beside one of 'until'"
    elif "until" not in linked and isinstance(constants.get("until"), str):
        try:
            _time(constants["until"])
        except InvalidInput:
            yield "until", _NO_TIME


def _time(written: str) -> datetime:
    """RFC 3339, seconds and offset included. Raises InvalidInput."""
    if _RFC_3339.fullmatch(written):
        try:
            return datetime.fromisoformat(written.upper())
        except ValueError:
            pass
    raise InvalidInput("until", _NO_TIME)


def _delay(values: Values, _: Context) -> Values:
    passed = {"value": values["value"]} if "value" in values else {}
    return {**passed, "waited_seconds": answer_of(values)["waited_seconds"]}


BLOCKS = (
    Block(
        name="delay",
        title="Delay",
        description="Hands a value on later: after some seconds, or at a time. Waiting costs "
        "nothing. Give either seconds or until.",
        category="control",
        inputs={
            "seconds": number("How long to wait.", minimum=0, maximum=MOST_DELAY_SECONDS),
            "until": text(
                "When to go on (RFC 3339), at once if that is over.", minLength=1, maxLength=64
            ),
            "value": anything("What is handed on."),
        },
        outputs={
            "value": anything("The same value, if one was given."),
            "waited_seconds": number("How long it has waited."),
        },
        run=_delay,
        example=Example(
            inputs={"seconds": 3600, "value": "later", ANSWER: {"waited_seconds": 3600.0}},
            outputs={"value": "later", "waited_seconds": 3600.0},
        ),
        behaviour="delay",
        faults=_wrong_times,
    ),
)
