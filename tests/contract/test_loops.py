"""Loops on DynamoDB: the same results as embedded, and what an iteration asks of AWS."""

from collections import Counter
from dataclasses import replace

import pytest

from strata.blocks import registry
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.platform import Platform
from tests.builders import graph, node
from tests.faults import Line
from tests.held_blocks import Probe
from tests.held_loops import ask, play_loops
from tests.held_platform import started
from tests.unit.test_item_failures import FRAIL


@pytest.fixture
def platform(aws: Platform) -> Platform:
    blocks = {**registry(), "frail": FRAIL, "probe": Probe().block}
    return replace(aws, blocks=lambda: blocks)


def looped(block: str) -> Graph:
    return graph(
        [
            node("items", "input", name="items"),
            node("loop", "for_each", tolerated_failures=1),
            node("a", block, parent="loop"),
            node("out", "output", name="out"),
        ],
        "items.value -> loop.items", "loop.item -> a.value", "a.value -> loop.result",
        "loop.results -> out.value",
    )  # fmt: skip


def begun(platform: Platform, block: str) -> Run:
    run = started(looped(block), platform, items=["x", "y"])
    ask(run, ["items"], platform)
    ask(run, ["loop"], platform)
    return run


def test_a_loop_gives_its_results_and_tolerates_what_it_may(platform: Platform) -> None:
    shown = play_loops(started(looped("frail"), platform, items=["x", "bad", "z"]), platform)
    assert shown["outputs"] == {"out": ["x", None, "z"]}


def test_a_loop_fails_with_one_failure_too_many(platform: Platform) -> None:
    shown = play_loops(started(looped("frail"), platform, items=["bad", "x", "bad"]), platform)
    assert (shown["error"]["code"], shown["error"]["node"]) == ("items_failed", "loop")


def test_a_beginning_writes_a_hundred_items_with_each_call(platform: Platform, line: Line) -> None:
    run = started(looped("probe"), platform, items=list(range(250)))
    ask(run, ["items"], platform)
    line.calls.clear()
    ask(run, ["loop"], platform)
    assert line.calls == Counter(BatchGetItem=1, UpdateItem=2, TransactWriteItems=3)


def test_a_node_of_a_body_looks_again_after_its_claim_and_marks_the_iterations_end(
    platform: Platform, line: Line
) -> None:
    run = begun(platform, "probe")
    line.calls.clear()
    ask(run.within("loop", 0), ["a"], platform)
    assert line.calls == Counter(BatchGetItem=1, UpdateItem=2, GetItem=1, TransactWriteItems=1)


def test_a_light_one_looks_again_before_it_is_written(platform: Platform, line: Line) -> None:
    run = begun(platform, "constant")
    line.calls.clear()
    ask(run.within("loop", 0), ["a"], platform)
    assert line.calls == Counter(BatchGetItem=2, UpdateItem=1, TransactWriteItems=1)


def test_an_end_reads_the_results_of_a_hundred_items_with_each_call(
    platform: Platform, line: Line
) -> None:
    run = started(looped("constant"), platform, items=list(range(250)))
    ask(run, ["items"], platform)
    ask(run, ["loop"], platform)
    line.calls.clear()
    assert ask(run, ["loop"], platform, phase="end")["status"] == "COMPLETED"
    assert line.calls == Counter(BatchGetItem=2 + 3, TransactWriteItems=1)
