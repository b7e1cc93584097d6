"""What the functions of these tests do: each test writes its own script."""

import threading
from collections.abc import Callable
from typing import Any

Answer = Callable[[Any, Any], Any]


class Script:
    """Answers by the name of a function, and for `run_node` by the node; keeps what was asked."""

    def __init__(self) -> None:
        self.events: dict[str, list[Any]] = {}
        self.contexts: list[Any] = []
        self._answers: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def on(self, name: str, answer: Answer) -> None:
        self._answers[name] = answer

    def answer(self, function: str, event: Any, context: Any) -> Any:
        if function == "reconcile":
            # The platform itself asks for it when it opens.
            return {}
        with self._lock:
            self.events.setdefault(function, []).append(event)
            self.contexts.append(context)
        name = event.get("node", function) if function == "run_node" else function
        if name not in self._answers:
            return {"did": name}
        return self._answers[name](event, context)

    @property
    def nodes(self) -> list[str]:
        """The nodes in the order of their runs."""
        return [event["node"] for event in self.events.get("run_node", [])]


_scripts: list[Script] = []


def current() -> Script:
    return _scripts[-1]


def begin() -> Script:
    _scripts.append(Script())
    return current()


def fails(error: str, *, times: int = 1_000_000) -> Answer:
    """Raises an error of a class of that name so many times, then answers."""
    left = [times]

    def answer(event: Any, _context: Any) -> Any:
        if left[0] == 0:
            return {"did": event["node"]}
        left[0] -= 1
        raise type(error, (Exception,), {})("it went wrong")

    return answer


def returns(value: Any) -> Answer:
    return lambda _event, _context: value
