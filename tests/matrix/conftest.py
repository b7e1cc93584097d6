"""One platform for the whole matrix, and the things that its routes are asked for."""

import sqlite3
from collections.abc import Iterator
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from strata.http.routes import Route
from strata.observability import direct
from tests.held_clock import HeldClock
from tests.matrix.identities import Headers, World
from tests.scenes import Scene, rightful
from tests.unit.functions.gateway import opened
from tests.unit.http.calls import Reply

Json = dict[str, Any]
Things = list[tuple[str, str, str]]


class Stage:
    """Each route's own scene: whoever is refused finds the same things there."""

    def __init__(self, world: World, database: Path) -> None:
        self.world = world
        self._database = database
        self._scenes: dict[str, tuple[Scene, Json]] = {}
        self._things: dict[str, Things] = {}

    def scene(self, name: str, route: Route) -> Scene:
        return self._set(name, route)[0]

    def event(self, name: str, route: Route) -> Json:
        """The sample of the route as its owner would send it, but for who they are."""
        return deepcopy(self._set(name, route)[1])

    def _set(self, name: str, route: Route) -> tuple[Scene, Json]:
        if route.name not in self._scenes:
            scene = Scene(rightful(route, self.world.platform))
            self._scenes[route.name] = (scene, scene.event(f"{name}/{route.name}"))
            self._things[route.name] = self._things_of(scene.owner.user_id)
        return self._scenes[route.name]

    def send(self, event: Json, headers: Headers) -> Reply:
        event["headers"].update(headers)
        return self.world.other.gateway.send(event)

    def is_as_it_was(self, name: str, route: Route) -> bool:
        """Whether nothing of the owner's has changed since the scene was set."""
        return self._things_of(self.scene(name, route).owner.user_id) == self._things[route.name]

    def _things_of(self, user_id: str) -> Things:
        """Every item that names the user, in its key or within."""
        query = (
            "SELECT pk, sk, item FROM items WHERE instr(pk, ?) OR instr(item, ?) ORDER BY pk, sk"
        )
        connection = sqlite3.connect(f"file:{self._database}?mode=ro", uri=True)
        try:
            return connection.execute(query, (user_id, user_id)).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("matrix")
    direct(StringIO())
    with opened(folder, HeldClock()) as platform:
        yield Stage(World(platform), folder / "strata.db")
    direct(None)
