"""The blocks that decide."""

from strata.blocks.comparison import ALONE, OPERATOR_TEXT, OPERATORS, compare
from strata.blocks.schema import anything, boolean, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput


def _condition(values: Values, _: Context) -> Values:
    left, operator = values["left"], values["operator"]
    if operator not in ALONE and "right" not in values:
        raise InvalidInput("right", f"is required by the operator {operator}")
    result = compare(operator, left, values.get("right"), pin="right")
    arm = "then" if result else "else"
    return {"result": result, arm: values.get("value", left)}


BLOCKS = (
    Block(
        name="condition",
        title="Condition",
        description="Compares two values and sends a value down one of two arms.",
        category="logic",
        inputs={
            "left": anything("What is compared."),
            "operator": text(OPERATOR_TEXT, enum=list(OPERATORS)),
            "right": anything("What it is compared with; needed by all operators but empty."),
            "value": anything("What goes down the arm; the left value if not set."),
        },
        required=("left", "operator"),
        outputs={
            "result": boolean("Whether the comparison holds."),
            "then": anything("The value, if it holds."),
            "else": anything("The value, if it does not."),
        },
        run=_condition,
        is_light=True,
        example=Example(
            inputs={"left": 120.5, "operator": ">", "right": 100, "value": "wet"},
            outputs={"result": True, "then": "wet"},
        ),
    ),
)
