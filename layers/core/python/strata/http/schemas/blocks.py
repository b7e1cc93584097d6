"""Bodies of `functions/blocks`."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Json, NextCursor

Pins = Annotated[dict[str, Json], Field(description="JSON Schema by pin.")]


class Example(TypedDict):
    inputs: Json
    outputs: Json
    error: NotRequired[Annotated[str, Field(description="The code that it fails with.")]]


class Inner(TypedDict):
    outputs: Annotated[Pins, Field(description="What the nodes of the body get of the loop.")]
    inputs: Annotated[Pins, Field(description="What they hand back to it.")]


class Block(TypedDict):
    name: str
    title: str
    description: str
    category: str
    inputs: Pins
    required: Annotated[list[str], Field(description="The input pins that must have a value.")]
    outputs: Annotated[Pins, Field(description="Besides these every block has the pin `error`.")]
    inner: NotRequired[Annotated[Inner, Field(description="Of a loop, towards its body.")]]
    example: Example


class BlockPage(TypedDict):
    items: list[Block]
    next_cursor: NextCursor
