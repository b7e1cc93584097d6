"""The block that computes."""

from strata.blocks.arithmetic import evaluate
from strata.blocks.expressions import parse
from strata.blocks.schema import anything, mapping, text
from strata.model.block import Block, Context, Example, Values


def _calculate(values: Values, _: Context) -> Values:
    return {"result": evaluate(parse(values["expression"]), values["values"])}


BLOCKS = (
    Block(
        name="calculate",
        title="Calculate",
        description="The value of an expression. It knows + - * / // % **, comparisons, and, or, "
        "not, parentheses, and min, max, abs, round (half to even), sum, len, floor, ceil, sqrt. "
        "Integers are exact up to 38 digits; names may be dotted, to look into objects.",
        category="numbers",
        inputs={
            "expression": text("What to compute, such as (high - low) / 2.", maxLength=4000),
            "values": mapping("What the names stand for.", default={}),
        },
        required=("expression",),
        outputs={"result": anything("The value: a number, or true or false.")},
        run=_calculate,
        is_light=True,
        example=Example(
            inputs={
                "expression": "round((high - low) / 2, 1) + max(rain)",
                "values": {"high": 12.75, "low": 5, "rain": [1, 3]},
            },
            outputs={"result": 6.9},
        ),
    ),
)
