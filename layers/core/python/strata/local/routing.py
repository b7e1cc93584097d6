"""Which function answers a request: the routes as the handlers declare them."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from strata.catalogue import CATALOGUE
from strata.http.resource import Resource
from strata.local.functions import Functions

UNKNOWN_ROUTES = "system"
"""The function behind API Gateway's `$default` route."""


class Declared(NamedTuple):
    """A route, and whether the authorizer is asked before its function."""

    key: str
    function: str
    is_public: bool


class Found(NamedTuple):
    declared: Declared
    parameters: Mapping[str, str]


DEFAULT = Declared("$default", UNKNOWN_ROUTES, is_public=True)


def declared_routes(functions: Functions) -> list[Declared]:
    """The routes of all functions that the catalogue calls HTTP."""
    return [
        Declared(route.key, row.name, route.permission is None)
        for row in CATALOGUE
        if "http" in row.serves
        for resource in vars(functions.module(row.name)).values()
        if isinstance(resource, Resource)
        for route in resource.routes
    ]


class Router:
    """Finds a request's route as API Gateway does: a fixed part goes before a variable one."""

    def __init__(self, routes: Iterable[Declared]) -> None:
        self._routes: dict[tuple[str, int], list[tuple[list[str], Declared]]] = {}
        for route in routes:
            method, _, path = route.key.partition(" ")
            parts = path.split("/")
            self._routes.setdefault((method, len(parts)), []).append((parts, route))
        for alternatives in self._routes.values():
            alternatives.sort(key=lambda one: [part.startswith("{") for part in one[0]])

    def find(self, method: str, path: str) -> Found:
        given = path.split("/")
        for parts, route in self._routes.get((method, len(given)), ()):
            parameters = _matched(parts, given)
            if parameters is not None:
                return Found(route, parameters)
        return Found(DEFAULT, {})


def _matched(parts: list[str], given: list[str]) -> dict[str, str] | None:
    parameters = {}
    for part, value in zip(parts, given, strict=True):
        if part.startswith("{") and value:
            parameters[part[1:-1]] = value
        elif part != value:
            return None
    return parameters
