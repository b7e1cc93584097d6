"""Places within a JSON document, as JSON Pointer (RFC 6901) names them."""

from collections.abc import Iterable


def pointer(place: Iterable[str | int]) -> str:
    """`/nodes/0/inputs/a~1b` for ("nodes", 0, "inputs", "a/b")."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)
