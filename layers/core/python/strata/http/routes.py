"""A route as data: what the resolver, the stack, the local server and the document read of it."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Route:
    """One route as API Gateway knows it, with `{graph_id}` for a part of the path."""

    method: str
    path: str
    function: Callable[..., Any]
    permission: str | None
    """None on a public route."""
    answer: Any = None
    """The type of what a success answers, for the document; None where it has no body."""
    status: int = 200
    location: str = ""
    """Where what was made can be read, with `{id}`; empty where nothing is made."""
    also: Mapping[int, Any] = field(default_factory=dict)
    """Other statuses that a caller must expect, with the type of the answer; None for a problem."""
    takes_anything: bool = False
    """Whether the body may be of any kind."""
    only_looks: bool = False
    """Whether it changes nothing, though its method says that it might."""
    always: bool = False
    """Whether it answers who is signed in and has no request left, too: it ends or names what may
    have used them."""

    discloses: bool = False
    """Whether its requests are recorded though it changes nothing: it lets out what is kept of a
    person."""

    @property
    def name(self) -> str:
        """The operation's id: the name of its function."""
        return self.function.__name__

    @property
    def key(self) -> str:
        """API Gateway's route key."""
        return f"{self.method} {self.path}"

    @property
    def changes(self) -> bool:
        """Whether it is meant to change something."""
        return self.method != "GET" and not self.only_looks

    @property
    def is_recorded(self) -> bool:
        """Whether its requests are in the audit log."""
        return self.changes or self.discloses

    @property
    def makes(self) -> str:
        """What a successful request makes: `graph` for a location of `/v1/graphs/{id}`, `key` for
        one of `/v1/api-keys/{id}`."""
        return self.location.rsplit("/", 2)[-2].rpartition("-")[2].removesuffix("s")

    @property
    def rule(self) -> str:
        """The path as Powertools writes it."""
        return re.sub(r"{(\w+)}", r"<\1>", self.path)


Paths = Mapping[str, Iterable[str]]
"""Methods by path."""


def methods_by_path(routes: Iterable[Route]) -> dict[str, set[str]]:
    paths: dict[str, set[str]] = {}
    for route in routes:
        paths.setdefault(route.path, set()).add(route.method)
    return paths


def allowed_methods(path: str, paths: Paths) -> list[str]:
    """The methods that some route takes at this path; none where no route leads. A path that is
    written out is that of its own routes, though others with a parameter lead there, too."""
    leading = [path] if path in paths else [known for known in paths if _leads(known, path)]
    return sorted({method for known in leading for method in paths[known]})


def _leads(known: str, path: str) -> bool:
    theirs, ours = known.split("/"), path.split("/")
    return len(theirs) == len(ours) and all(
        one == other or (one.startswith("{") and other)
        for one, other in zip(theirs, ours, strict=True)
    )
