"""JSON in: a body is read as one value with one meaning, or refused before a handler runs."""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from strata.model.errors import Detail, InvalidBody, InvalidRequest, TooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 6 * 1024 * 1024
"""What a Lambda function takes as its event."""
MAX_DEPTH = 32
MAX_DIGITS = 38
"""DynamoDB keeps a number to 38 digits; beyond that an integer would change on its way."""

_JSON_TYPE = re.compile(r'application/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?', re.IGNORECASE)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def text_of(body: Callable[[], str | None]) -> str:
    """The body as text; `body` decodes it. Raises InvalidRequest."""
    try:
        return body() or ""
    except ValueError:
        _refuse("invalid_utf8", "The body is not UTF-8.")


def check_body(text: str, content_type: str) -> None:
    """What can be told before parsing. Raises UnsupportedMediaType, TooLarge, InvalidRequest."""
    if not _JSON_TYPE.fullmatch(content_type.strip()):
        raise UnsupportedMediaType("Send the body as application/json in UTF-8.")
    if len(text) > MAX_BODY_BYTES or len(_utf8(text)) > MAX_BODY_BYTES:
        raise TooLarge("A body has at most 6 MB.")


def read_object(text: str) -> dict[str, Any]:
    """The JSON object that the text is. Raises InvalidRequest, or InvalidBody for another value."""
    value = _parse(text)
    if not isinstance(value, dict):
        raise InvalidBody(errors=[Detail("", "wrong_type", "The body must be an object.")])
    _check_value(value, text)
    return value


def read_value(text: str) -> Any:
    """The JSON value that the text is. Raises InvalidRequest."""
    value = _parse(text)
    _check_value(value, text)
    return value


def _check_value(value: Any, text: str) -> None:
    if isinstance(value, dict | list) and _depth(value) > MAX_DEPTH:
        _refuse("too_deep", f"Nesting ends at {MAX_DEPTH} levels.")
    if _SURROGATE_ESCAPE.search(text) and not _is_unicode(value):
        _refuse("lone_surrogate", "A text holds half of a surrogate pair.")


def _parse(text: str) -> Any:
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
            parse_int=_integer,
        )
    except json.JSONDecodeError:
        _refuse("invalid_json", "The body is not JSON.")
    except RecursionError:
        _refuse("too_deep", f"Nesting ends at {MAX_DEPTH} levels.")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        _refuse("duplicate_key", "An object names a key twice.")
    return value


def _constant(_: str) -> NoReturn:
    _refuse("not_a_number", "NaN and Infinity are not JSON.")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        _refuse("number_out_of_range", "A number is beyond what a double holds.")
    return value


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_DIGITS:
        _refuse("number_out_of_range", f"An integer has at most {MAX_DIGITS} digits.")
    return int(text)


def _depth(value: Any) -> int:
    """How many arrays and objects stand within each other; level by level, without recursion."""
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [part for whole in level for part in _parts(whole) if isinstance(part, dict | list)]
    return depth


def _parts(whole: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return whole.values() if isinstance(whole, dict) else whole


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _utf8(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        _refuse("invalid_utf8", "The body is not UTF-8.")


def _refuse(code: str, sentence: str) -> NoReturn:
    raise InvalidRequest(sentence, errors=[Detail("", code, sentence)]) from None
