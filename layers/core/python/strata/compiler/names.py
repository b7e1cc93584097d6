"""The names of states: what a person recognises in the console, and no two alike."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from strata.model.graph import Node

MAX_NAME = 80
RECORD_SUCCESS = "Record success"
RECORD_FAILURE = "Record failure"
FAILED = "Execution failed"

_OWN = rf"(?i:Levels? [\d-]+|{RECORD_SUCCESS}|{RECORD_FAILURE}|{FAILED})"
_FIELDS = (
    "Branches|Catch|Choices|Default|End|ErrorEquals|ItemProcessor|Iterator|Next|Parameters"
    "|Resource|Result|ResultSelector|Retry|StartAt|States|Type|__proto__"
)
"""Tools that look for a field anywhere in a definition would take a state of that name for it."""
_RESERVED = re.compile(f"{_OWN}|{_FIELDS}")
_ALLOWED_SIGNS = frozenset(" -_.()")
_BEYOND_16_BITS = "\U00010000"
"""From here on a character counts as two where length is measured in UTF-16."""


class Names:
    """The names of one machine, given out one by one: none twice."""

    def __init__(self, of_nodes: Iterable[str]) -> None:
        self._unused = set(of_nodes)
        self._taken = set(self._unused)

    def of_node(self, name: str) -> str:
        """The node's own name; a number is with it where the node stands in the machine again."""
        if name not in self._unused:
            return self.new(name)
        self._unused.remove(name)
        return name

    def new(self, wanted: str) -> str:
        """The name that is wanted, with a number if it is taken."""
        name, number = wanted[:MAX_NAME], 2
        while name in self._taken:
            ending = f" ({number})"
            name, number = wanted[: MAX_NAME - len(ending)] + ending, number + 1
        self._taken.add(name)
        return name


def levels_name(first: int, last: int) -> str:
    """The name of a state that runs several nodes side by side, by their levels from 1."""
    return f"Level {first}" if first == last else f"Levels {first}-{last}"


def state_names(nodes: Iterable[Node]) -> dict[str, str]:
    """State name by node id: the label if there is one, else the id.

    A name that is taken, reserved or too long becomes `label (id)`: the id is whole, and what
    stands in the last brackets of such a name is the id, so that no two are the same."""
    plain = {node.id: _readable(node.label) or node.id for node in nodes}
    exact = {node: _with_id(name, node) for node, name in plain.items()}
    count = Counter(plain.values())
    count.update(set(exact.values()))
    return {
        node: name if count[name] == 1 and _is_free(name) else exact[node]
        for node, name in plain.items()
    }


def _is_free(name: str) -> bool:
    return len(name) <= MAX_NAME and not _RESERVED.fullmatch(name)


def _with_id(name: str, node: str) -> str:
    room = MAX_NAME - len(node) - len(" ()")
    return f"{name[:room].rstrip()} ({node})"


def _readable(label: str) -> str:
    """Letters and digits of any script; whatever else could be refused becomes a space."""
    kept = "".join(one if is_allowed(one) else " " for one in unicodedata.normalize("NFC", label))
    return " ".join(kept.split())


def is_allowed(character: str) -> bool:
    """Whether it may stand in a state's name: narrower than AWS, which has not written it down."""
    if character >= _BEYOND_16_BITS:
        return False
    return character in _ALLOWED_SIGNS or unicodedata.category(character)[0] in "LMN"
