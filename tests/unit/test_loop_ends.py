"""Loops: what their end makes of what the body handed back."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from strata.blocks import registry
from strata.model.block import Context, Values
from tests.builders import node
from tests.held_blocks import Probe, block
from tests.held_clock import HeldClock
from tests.held_loops import play_loops
from tests.held_platform import started
from tests.unit.conftest import Hold
from tests.unit.test_loops import loop_view, looped


class TestResults:
    @pytest.mark.parametrize("seed", [1, 2])
    def test_they_stand_in_the_order_of_the_items_whatever_ended_first(
        self, hold: Hold, seed: int
    ) -> None:
        platform = hold(Probe().block)

        def shuffled(names: Sequence[str]) -> Sequence[str]:
            return sorted(names, key=lambda name: sha256(f"{name} {seed}".encode()).digest())

        run = started(looped(), platform, items=list(range(230)))
        assert play_loops(run, platform, shuffled)["outputs"]["out"] == list(range(230))

    def test_an_item_whose_result_is_skipped_gives_null(self, hold: Hold) -> None:
        platform = hold()
        body = (
            node("wet", "condition", operator=">", right=1, parent="loop"),
            node("keep", parent="loop"),
        )
        arrows = ("loop.item -> wet.left", "wet.then -> keep.value", "keep.value -> loop.result")
        made = looped(*body, arrows=arrows)
        shown = play_loops(started(made, platform, items=[0, 2, 1]), platform)
        assert shown["outputs"]["out"] == [None, 2, None]

    def test_of_several_links_back_the_first_live_one_counts(self, hold: Hold) -> None:
        platform = hold()
        body = (
            node("wet", "condition", operator=">", right=1, parent="loop"),
            node("yes", parent="loop"),
            node("no", "text_template", template="dry {{ n }}", parent="loop"),
        )
        arrows = (
            "loop.item -> wet.left", "wet.then -> yes.value", "wet.else -> no.values.n",
            "yes.value -> loop.result", "no.text -> loop.result",
        )  # fmt: skip
        made = looped(*body, arrows=arrows)
        shown = play_loops(started(made, platform, items=[0, 2]), platform)
        assert shown["outputs"]["out"] == ["dry 0", 2]

    def test_a_body_that_hands_nothing_back_gives_nulls(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        made = looped(arrows=["loop.index -> a.value"])
        shown = play_loops(started(made, platform, items=["x", "y"]), platform)
        assert shown["outputs"]["out"] == [None, None]

    def test_null_is_a_result_too(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        shown = play_loops(started(looped(), platform, items=[None]), platform)
        assert shown["outputs"]["out"] == [None]

    def test_they_are_counted(self, hold: Hold) -> None:
        platform = hold(Probe().block)
        run = started(looped(), platform, items=[1, 2, 3])
        play_loops(run, platform)
        outputs = loop_view(run, platform)["outputs"]
        assert outputs == {"results": [1, 2, 3], "failures": [], "count": 3}

    def test_more_than_fifty_megabytes_are_a_failure(self, hold: Hold) -> None:
        fat = block("fat", lambda *_: {"value": "x" * 6_000_000}, required=())
        platform = hold(fat)
        made = looped(
            node("a", "fat", parent="loop"),
            arrows=["loop.item -> a.value", "a.value -> loop.result"],
        )
        shown = play_loops(started(made, platform, items=[0] * 9), platform)
        assert (shown["error"]["code"], shown["error"]["node"]) == ("value_too_large", "loop")

    def test_a_loop_that_is_too_slow_at_its_end_fails_for_good(
        self, hold: Hold, clock: HeldClock
    ) -> None:
        def dawdle(values: Values, context: Context) -> Values:
            clock.sleep(2)
            return loop.run(values, context)

        loop = registry()["for_each"]
        platform = hold(Probe().block, replace(loop, run=dawdle))
        made = looped(retry={"max_attempts": 3}, timeout_seconds=1)
        shown = play_loops(started(made, platform, items=[1]), platform)
        assert (shown["error"]["code"], shown["error"]["node"]) == ("timeout", "loop")
