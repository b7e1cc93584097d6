"""What nodes do: one module per family of blocks, one registry, each block with its example."""

from functools import cache

from strata.model.block import Registry


@cache
def registry() -> Registry:
    """The blocks by name, in the order of the catalogue; their modules load with the first call."""
    from strata.blocks import (
        control,
        csv_text,
        delays,
        graph_pins,
        grouping,
        http_request,
        json_values,
        lists,
        logic,
        loops,
        numbers,
        tables,
        text,
        times,
        waiting,
    )

    families = (
        graph_pins.BLOCKS,
        text.BLOCKS,
        json_values.BLOCKS,
        csv_text.BLOCKS,
        tables.BLOCKS,
        grouping.BLOCKS,
        numbers.BLOCKS,
        logic.BLOCKS,
        lists.BLOCKS,
        times.BLOCKS,
        http_request.BLOCKS,
        control.BLOCKS,
        delays.BLOCKS,
        waiting.BLOCKS,
        loops.BLOCKS,
    )
    return {block.name: block for blocks in families for block in blocks}
