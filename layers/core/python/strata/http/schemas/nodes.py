"""Bodies of `functions/nodes`."""

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.executions import NodeFailure
from strata.http.schemas.parts import Body, Values
from strata.model.graph import ITERATION


class NodeTrial(Body):
    inputs: Annotated[
        dict[str, Any], Field(default_factory=dict, description="Values by input pin.")
    ]
    from_execution: Annotated[
        str | None,
        Field(
            pattern=r"^exe_[0-9a-z]{26}$",
            description="An execution of the graph whose recorded values the node gets.",
        ),
    ] = None
    iteration: Annotated[
        str | None, Field(pattern=ITERATION, description="Of a loop in that execution: `loop:3`.")
    ] = None
    version: Annotated[
        int | None,
        Field(ge=1, le=999_999, description="By default the active one, without any the latest."),
    ] = None


class TestedNode(TypedDict):
    node: str
    block: str
    graph_version: int
    status: Literal["COMPLETED", "FAILED"]
    inputs: Values
    outputs: Values | None
    error: NodeFailure | None
    duration_seconds: float
