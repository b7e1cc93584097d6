"""Light blocks: run again they change nothing, and they are over at once."""

import copy
from contextlib import nullcontext
from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.pins import run_block
from strata.model.block import Block, Context, HttpAnswer, Values
from strata.model.errors import NodeError
from tests.unit.blocks.world import HeldWorld

LIGHT = {name: block for name, block in registry().items() if block.is_light}
TIME_GROWS_WITH_THE_DATA = {
    "regex_extract",
    "json_query",
    "csv_parse",
    "table_filter",
    "table_group",
    "table_sort",
}

each_light_block = pytest.mark.parametrize("block", LIGHT.values(), ids=LIGHT.keys())


class NoWorld(HeldWorld):
    """Whoever asks it for anything but the time is no light block."""

    def send(self, call: Any) -> HttpAnswer:
        raise AssertionError("a light block reaches for the outside")


def run_example(block: Block, given: Values, world: Context) -> None:
    """One block is there to fail."""
    with pytest.raises(NodeError) if block.example.error else nullcontext():
        run_block(block, given, world)


@each_light_block
def test_nobody_outside_notices_how_often_it_runs(block: Block) -> None:
    run_example(block, block.example.inputs, NoWorld())
    assert not block.has_effect
    assert block.credential_pins == ()


@each_light_block
def test_it_waits_for_nobody(block: Block) -> None:
    assert not block.may_hang
    assert block.behaviour == "run"


@each_light_block
def test_it_leaves_what_it_is_given_as_it_is(block: Block) -> None:
    """The nodes of one Task hand values on in memory: what one changed, others would see."""
    given = copy.deepcopy(dict(block.example.inputs))
    run_example(block, given, NoWorld())
    assert given == block.example.inputs


def test_what_takes_its_time_is_not_light() -> None:
    assert not TIME_GROWS_WITH_THE_DATA & LIGHT.keys()


def test_the_blocks_that_graphs_are_glued_with_are_light() -> None:
    assert {
        "input",
        "output",
        "constant",
        "text_template",
        "condition",
        "calculate",
    } <= LIGHT.keys()
