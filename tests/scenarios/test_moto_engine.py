"""The same graphs on two engines: that of moto, which AWS's users test with, and the embedded one.

Both run the compiled definition and call the same handlers; every node must end the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from strata import executions, graphs, node_views
from strata.clock import SystemClock
from strata.local.functions import Functions
from strata.local.platform import open_platform
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import NodeError
from strata.model.execution import NodeStatus, Status
from strata.model.graph import Graph
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Delete, Item, Put, Table, Update
from tests.builders import graph, node
from tests.golden import load_graph, shapes
from tests.moto_engine import moto_engine

USER = "usr_00000000000000000000000000"
TIMES = ("started_at", "ended_at")
DEADLINE_SECONDS = 30


class Unreliable:
    """A block that fails `times` times before it works, the way that `failure` says."""

    def __init__(self, failure: Exception, times: int) -> None:
        self._failure = failure
        self._left = times

    def run(self, values: Values, context: Context) -> Values:
        self._left -= 1
        if self._left >= 0:
            raise self._failure
        return {"value": values["value"]}

    @property
    def block(self) -> Block:
        pins: dict[str, Any] = {"value": {}}
        example = Example({"value": 1}, {"value": 1})
        return Block(
            "unreliable", "Unreliable", "Fails.", "test", pins, pins, self.run, example, ("value",)
        )


class VanishingTable:
    """A table on which a function ends `times` times right after it has claimed the node."""

    def __init__(self, table: Table, times: int) -> None:
        self.get, self.get_many, self.query = table.get, table.get_many, table.query
        self.write_all = table.write_all
        self._table = table
        self._left = times

    def write(self, write: Put | Update | Delete) -> Item:
        item = self._table.write(write)
        if write.key.sk == "NODE#shaky" and item["status"] == NodeStatus.RUNNING and self._left:
            self._left -= 1
            raise SystemExit("out of memory")
        return item


@dataclass(frozen=True)
class Story:
    """A graph and its inputs; what makes a block that is not the registry's; and how often the
    function of the node `shaky` vanishes."""

    graph: Graph
    inputs: Mapping[str, Any]
    block: Callable[[], Block] | None = None
    vanishes: int = 0

    def on(self, platform: Platform) -> Platform:
        if self.block is None:
            return platform
        registry = {**platform.blocks(), "unreliable": self.block()}
        table = VanishingTable(platform.table, self.vanishes)
        return replace(platform, blocks=lambda: registry, table=table)


def unreliable(failure: Exception, times: int, **fields: Any) -> Story:
    nodes = [
        node("before", value=[1]),
        node("shaky", "unreliable", **fields),
        node("beside", value=2),
        node("result", "output", name="value"),
    ]
    arrows = ("before.value -> shaky.value", "shaky.value -> result.value")
    return Story(graph(nodes, *arrows), {}, lambda: Unreliable(failure, times).block)


RETRYABLE = NodeError("upstream_status", "The host answered 503.", retryable=True)
FINAL = NodeError("upstream_status", "The host answered 404.")
RETRY = {"max_attempts": 3, "interval_seconds": 1, "max_delay_seconds": 1}

NEEDS_OTHERS = {"approval", "event", "sub_graph"}
"""Shapes that wait for a person, for somebody outside, for another graph."""
GALLERY = {shape.name: load_graph(shape) for shape in shapes() if shape.name not in NEEDS_OTHERS}
STORIES = {
    **{name: Story(shape, {}) for name, shape in GALLERY.items()},
    "the other arm": Story(GALLERY["condition_that_meets_again"], {"rain": 12.5}),
    "nothing to deal with": Story(GALLERY["on_error_continue"], {"text": "7"}),
    "the first node fails": Story(graph([node("a", "json_parse", text="{")]), {}),
    "tried again": unreliable(RETRYABLE, 2, retry=RETRY),
    "tried in vain": unreliable(RETRYABLE, 9, retry=RETRY),
    "not worth another try": unreliable(FINAL, 9, retry=RETRY),
    "tried in vain, and on": unreliable(RETRYABLE, 9, retry=RETRY, on_error="continue"),
    "an unknown error": unreliable(ZeroDivisionError("secret"), 9, retry=RETRY),
    "the function vanishes once": replace(unreliable(FINAL, 0), vanishes=1),
    "the function vanishes": replace(unreliable(FINAL, 0), vanishes=9),
}
FAILING = {
    "the first node fails",
    "tried in vain",
    "not worth another try",
    "an unknown error",
    "the function vanishes",
}


@pytest.mark.parametrize("name", STORIES)
def test_every_node_ends_on_moto_as_on_the_embedded_engine(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_platform(tmp_path) as opened:
        embedded = tell(STORIES[name], opened.functions)
    # Two engines that did nothing would agree as well.
    assert embedded.status is (Status.FAILED if name in FAILING else Status.COMPLETED)
    with moto_engine(monkeypatch) as functions:
        assert tell(STORIES[name], functions) == embedded


@dataclass(frozen=True)
class End:
    """An execution that has ended, without ids and times."""

    status: Status
    outputs: Mapping[str, Any] | None
    error: Mapping[str, Any] | None
    node_counts: Mapping[str, int]
    nodes: list[dict[str, Any]]


def tell(story: Story, functions: Functions) -> End:
    """Runs the story on the platform of the functions, to its end."""
    assert functions.platform is not None
    functions.platform = platform = story.on(functions.platform)
    made = graphs.create(USER, story.graph, platform=platform)
    started = executions.start(USER, made["id"], story.inputs, platform=platform)
    return end_of(started["id"], platform)


def _timeless(told: Mapping[str, Any]) -> dict[str, Any]:
    return {field: value for field, value in told.items() if field not in TIMES}


def end_of(execution_id: str, platform: Platform) -> End:
    clock, waited = SystemClock(), 0.0
    while True:
        view = executions.get(USER, execution_id, platform=platform)
        if Status(view["status"]).is_final:
            break
        assert waited < DEADLINE_SECONDS, view
        clock.sleep(0.02)
        waited += 0.02
    page = node_views.listing(USER, execution_id, page=PageRequest(100), platform=platform)
    nodes = [_timeless(one) for one in page["items"]]
    for one in nodes:
        one["failed_attempts"] = [_timeless(attempt) for attempt in one["failed_attempts"]]
        (one["outputs"] or {}).pop("waited_seconds", None)
    return End(Status(view["status"]), view["outputs"], view["error"], view["node_counts"], nodes)
