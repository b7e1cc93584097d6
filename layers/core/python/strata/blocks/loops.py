"""The block that runs a body of nodes once for each item of a list."""

from strata.blocks.schema import anything, array, integer, number, text
from strata.model.block import ANSWER, Block, Context, Example, Inner, Schema, Values

MOST_AT_ONCE = 1000

_FAILURE: Schema = {
    "type": "object",
    "properties": {
        "index": integer("Position of the item."),
        "node": text("The node that failed first."),
        "code": text("The code of its error."),
        "message": text("What it told."),
    },
    "required": ["index", "node", "code", "message"],
}
_EXAMPLE_FAILURE = {
    "index": 2,
    "node": "invert",
    "code": "division_by_zero",
    "message": "The expression divides by zero",
}


def _for_each(values: Values, _: Context) -> Values:
    """What the items' runs of the body gave is collected before."""
    answer = values[ANSWER]
    results = answer["results"]
    return {"results": results, "failures": answer["failures"], "count": len(results)}


BLOCKS = (
    Block(
        name="for_each",
        title="For each",
        description="Runs its body, the nodes that have it as their parent, once for each item.",
        category="control",
        inputs={
            "items": array("What the body runs for, up to 10,000 items."),
            "max_concurrency": integer(
                "So many items run at the same time; up to 40 where they are few.",
                minimum=1,
                maximum=MOST_AT_ONCE,
                default=10,
            ),
            "tolerated_failures": integer(
                "So many items may fail; if more do, the loop fails.", minimum=0, default=0
            ),
            "tolerated_failure_percentage": number(
                "The same in per cent of the items; the larger of the two counts.",
                minimum=0,
                maximum=100,
                default=0,
            ),
        },
        required=("items",),
        outputs={
            "results": array(
                "What the body handed back, in the order of the items; null for an item that "
                "failed, or whose result was skipped."
            ),
            "failures": array("The items that failed.", _FAILURE),
            "count": integer("How many items there were."),
        },
        inner=Inner(
            outputs={
                "item": anything("The item."),
                "index": integer("Its position, from 0."),
            },
            inputs={"result": anything("What the item's run of the body gives.")},
        ),
        run=_for_each,
        behaviour="loop",
        constant_pins=("max_concurrency", "tolerated_failures", "tolerated_failure_percentage"),
        example=Example(
            inputs={
                "items": [1, 2, 0],
                "tolerated_failures": 1,
                ANSWER: {
                    "results": [1, 0.5, None],
                    "failures": [_EXAMPLE_FAILURE],
                },
            },
            outputs={
                "results": [1, 0.5, None],
                "failures": [_EXAMPLE_FAILURE],
                "count": 3,
            },
        ),
    ),
)
