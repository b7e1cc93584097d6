"""The blocks on lists."""

from itertools import chain

from strata.blocks.schema import anything, array, integer
from strata.model.block import Block, Context, Example, Values


def _merge(values: Values, _: Context) -> Values:
    items = list(chain.from_iterable(values["lists"]))
    return {"items": items, "count": len(items)}


def _item(values: Values, _: Context) -> Values:
    items, index = values["items"], int(values["index"])
    if -len(items) <= index < len(items):
        return {"item": items[index]}
    return {"missing": index}


BLOCKS = (
    Block(
        name="merge_lists",
        title="Merge lists",
        description="One list out of several, in their order.",
        category="lists",
        inputs={"lists": array("The lists to merge.", {"type": "array"})},
        required=("lists",),
        outputs={
            "items": array("All items."),
            "count": integer("How many there are."),
        },
        run=_merge,
        is_light=True,
        example=Example(
            inputs={"lists": [[1, 2], [], ["a"]]}, outputs={"items": [1, 2, "a"], "count": 3}
        ),
    ),
    Block(
        name="list_item",
        title="Item of a list",
        description="The item at a place in a list.",
        category="lists",
        inputs={
            "items": array("The list."),
            "index": integer("The place, 0 for the first item, -1 for the last."),
        },
        required=("items", "index"),
        outputs={
            "item": anything("The item, if the list is long enough."),
            "missing": integer("The place asked for, if the list is too short."),
        },
        run=_item,
        is_light=True,
        example=Example(inputs={"items": ["a", "b", "c"], "index": -1}, outputs={"item": "c"}),
    ),
)
