"""A process with a loop on the embedded platform, that a test kills in the middle.

python -m tests.unit.local.looping FOLDER
"""

import sys
from dataclasses import replace
from pathlib import Path

from strata.blocks import registry
from strata.local.platform import LocalPlatform, open_platform
from strata.model.block import Block, Context, Values
from tests.builders import graph, node
from tests.held_blocks import block
from tests.held_platform import started

ITEMS, AT_ONCE = 120, 5
STAMPED = graph(
    [
        node("numbers", value=list(range(ITEMS))),
        node("loop", "for_each", max_concurrency=AT_ONCE),
        node("stamp", "stamp", parent="loop"),
        node("out", "output", name="out"),
    ],
    "numbers.value -> loop.items", "loop.item -> stamp.value", "stamp.value -> loop.result",
    "loop.results -> out.value",
)  # fmt: skip


def with_blocks(local: LocalPlatform, *blocks: Block) -> LocalPlatform:
    """The platform, on which nodes can use these blocks, too."""
    known = {**registry(), **{one.name: one for one in blocks}}
    local.functions.platform = replace(local.platform, blocks=lambda: known)
    return replace(local, platform=local.functions.platform)


def stamping(folder: Path) -> Block:
    """A block whose effect is a line with its idempotency key."""

    def stamp(values: Values, context: Context) -> Values:
        with (folder / "stamps").open("a") as lines:
            lines.write(f"{context.idempotency_key}\n")
        sys.stdout.write(f"{context.idempotency_key}\n")
        sys.stdout.flush()
        return values

    return block("stamp", stamp, has_effect=True)


def main(folder: Path) -> None:
    local = with_blocks(open_platform(folder / "data"), stamping(folder))
    run = started(STAMPED, local.platform)
    sys.stdout.write(f"{run.execution_id}\n")
    sys.stdout.flush()
    local.machines.wait(run.execution_id, 60)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
