"""The blocks at the edges of a graph: what goes in, what comes out, what is fixed."""

from strata.blocks.schema import anything, boolean, text
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput
from strata.model.graph_schema import GIVEN, INPUT_BLOCK, OUTPUT_BLOCK
from strata.model.schemas import SIMPLE_TYPES, is_simple


def _input(values: Values, _: Context) -> Values:
    """`GIVEN` is there if the execution was given a value; null is one."""
    for pin in (GIVEN, "default"):
        if pin in values:
            if not is_simple(values[pin], values["type"]):
                raise InvalidInput(pin, f"must be of the type {values['type']}")
            return {"value": values[pin]}
    if values["required"]:
        raise InvalidInput(GIVEN, "is required and the execution was given none")
    return {}


def _value(values: Values, _: Context) -> Values:
    return {"value": values["value"]}


_NAME_LENGTH = {"minLength": 1, "maxLength": 100}

BLOCKS = (
    Block(
        name=INPUT_BLOCK,
        title="Input",
        description="A value that each execution of the graph is given by name. Without one it "
        "emits its default; without a default it emits nothing, if it is not required.",
        category="graph",
        inputs={
            "name": text("Name of the input, unique in the graph.", **_NAME_LENGTH),
            "type": text(
                "JSON type of the value; 2.0 is an integer too.",
                enum=list(SIMPLE_TYPES),
                default="any",
            ),
            "required": boolean(
                "Whether an execution must give it, if no default is set.", default=True
            ),
            "default": anything("The value where the execution gives none; null is a value."),
            "description": text("What the value means, for who starts the graph."),
            "secret": boolean("Whether the value must not be shown.", default=False),
        },
        required=("name",),
        outputs={"value": anything("The value given, or the default.")},
        run=_input,
        is_light=True,
        example=Example(
            inputs={"name": "year", "type": "integer", "default": 2014}, outputs={"value": 2014}
        ),
    ),
    Block(
        name=OUTPUT_BLOCK,
        title="Output",
        description="A value that the execution hands back by name; absent if this was skipped.",
        category="graph",
        inputs={
            "name": text("Name of the output, unique in the graph.", **_NAME_LENGTH),
            "value": anything("The value to hand back."),
            "description": text("What the value means, for who reads it."),
        },
        required=("name", "value"),
        outputs={"value": anything("The same value.")},
        run=_value,
        is_light=True,
        example=Example(inputs={"name": "report", "value": "# Rain"}, outputs={"value": "# Rain"}),
    ),
    Block(
        name="constant",
        title="Constant",
        description="A fixed value for several nodes.",
        category="graph",
        inputs={"value": anything("Any JSON value, null too.")},
        required=("value",),
        outputs={"value": anything("The same value.")},
        run=_value,
        is_light=True,
        example=Example(inputs={"value": [1, 2]}, outputs={"value": [1, 2]}),
    ),
)
