"""Guessing: whether a password is found soon by somebody who knows how people make them up.

Judged is what is left without that which costs a guesser next to nothing: signs between words and
at the ends, and repetitions. Of a text that is a unit again and again, with a rest or without, that
is unit and rest. What is known (words of the lists of zxcvbn, of the user, of this product; walks
over the keyboard, months and years) is tried in any order, one after the other.
"""

import re
import string
from collections.abc import Iterator
from itertools import chain
from typing import Any

Match = Any
"""A mapping as the library makes them: what was found where, and how many guesses it takes."""

LOOKED_AT = 32
"""So many characters of either end are judged: the time that takes grows with their square, and
with the ways to read digits and signs as letters."""

# What people put into a password for a service like this one.
_CONTEXT = (
    *("strata", "password", "passwort", "passphrase", "admin", "administrator", "login", "welcome"),
    *("agent", "agents", "graph", "graphs", "node", "workflow", "execution", "trigger", "platform"),
    *("company", "corp", "office", "team", "secret", "changeme", "letmein", "master", "access"),
    *("test", "testing", "guest", "user", "root", "default", "service", "server", "cloud", "aws"),
    *("iloveyou", "mypassword", "mypasswordis", "thisismy", "thequickbrownfox", "tobeornottobe"),
    *("spring", "summer", "autumn", "fall", "winter", "january", "february", "march", "april"),
    *("may", "june", "july", "august", "september", "october", "november", "december", "monday"),
    *("tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
)
_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p")
_THERE = (
    *(row * 2 for row in _ROWS),
    "qwertyuiopasdfghjklzxcvbnm",
    "abcdefghijklmnopqrstuvwxyz" * 2,
    "".join(_COLUMNS),
    "".join(column[::-1] for column in _COLUMNS),
    "".join(column[:: -1 if at % 2 else 1] for at, column in enumerate(_COLUMNS)),
    "".join(column[:: 1 if at % 2 else -1] for at, column in enumerate(_COLUMNS)),
    *("".join(map("".join, zip(*rows, strict=True))) for rows in (_ROWS[:2], _ROWS[1::-1])),
    "".join(column[1:] for column in _COLUMNS),
    "".join(column[:0:-1] for column in _COLUMNS),
)
_WALKS = (*_THERE, *(walk[::-1] for walk in _THERE))
_SHORTEST_WALK = 4
_GUESSES_OF_KNOWN = 20
"""Of a walk, a year, a word of the user or of this product."""
_WITH_SHIFT = str.maketrans("!@#$%^&*()", "1234567890")
_BETWEEN = re.compile(r"[\s.,:;/_-]+")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
# Short ones come twice in many a word, as in "cocoa".
_REPEATED = re.compile(r"(.{3,}?)\1+|(..?)\2{2,}", re.IGNORECASE | re.DOTALL)


def is_guessed(text: str, own: list[str], within: int) -> bool:
    """Whether somebody who knows the user's `own` words needs fewer guesses."""
    once = _once(_bare(text))
    # Both ends must be easy: whatever is hard to guess in one makes the whole hard.
    ends = dict.fromkeys((once[:LOOKED_AT], once[-LOOKED_AT:]))
    return all(_guesses(end, own) < within for end in ends)


def _bare(text: str) -> str:
    """Without what stands between words and at the ends, if there is anything else."""
    return _BETWEEN.sub("", text).strip(string.punctuation) or text


def _once(text: str) -> str:
    """Without repetitions, and those that come to light by that."""
    shorter = _REPEATED.sub(lambda found: found[1] or found[2], text)
    return text if shorter == text else _once(shorter)


def _guesses(text: str, own: list[str]) -> float:
    # Here, since its lists take their time and memory, and a sign-in needs none of it.
    from zxcvbn import matching, scoring

    words = [_BETWEEN.sub("", one).lower() for one in own]
    known = matching.build_ranked_dict([*filter(None, words), *_CONTEXT])
    # Not by the library's own door: that keeps the user's words where other threads read them.
    found = matching.omnimatch(text, {**matching.RANKED_DICTIONARIES, "user_inputs": known})
    matches = [*map(_weighed, found), *_walks(text), *_years(text)]
    # Without what it adds for each further piece: that makes four of the commonest words hard.
    judged = scoring.most_guessable_match_sequence(text, matches, _exclude_additive=True)
    return float(judged["guesses"])


def _weighed(match: Match) -> Match:
    """Written with digits and signs or backwards, a known word is one all the same."""
    is_known = match.get("dictionary_name") == "user_inputs"
    return {**match, "guesses": _GUESSES_OF_KNOWN} if is_known else match


def _walks(text: str) -> Iterator[Match]:
    """Keys side by side or one below the other, digits in order, the alphabet."""
    keys = text.lower().translate(_WITH_SHIFT)
    for at in range(len(keys) - _SHORTEST_WALK + 1):
        lengths = chain.from_iterable(_lengths(keys[at:], walk) for walk in _WALKS)
        if longest := max(lengths, default=0):
            yield _match(text, at, at + longest)


def _lengths(keys: str, walk: str) -> Iterator[int]:
    """Of the walks that the keys begin with."""
    for length in range(_SHORTEST_WALK, len(keys) + 1):
        if keys[:length] not in walk:
            return
        yield length


def _years(text: str) -> Iterator[Match]:
    for found in _YEAR.finditer(text):
        yield _match(text, *found.span())


def _match(text: str, start: int, end: int) -> Match:
    match = {"pattern": "known", "token": text[start:end], "i": start, "j": end - 1}
    return {**match, "guesses": _GUESSES_OF_KNOWN}
