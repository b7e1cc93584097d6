"""A graph as its author writes it: nodes, links, and the problems that a check may find."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from strata.model.names import Name
from strata.model.plan import MAX_NODE_SECONDS

NODE_ID = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
_ITERATION = r"[A-Za-z][A-Za-z0-9_-]{0,63}:(0|[1-9][0-9]{0,5})"
ITERATION = rf"^{_ITERATION}(/{_ITERATION}){{0,3}}$"
"""The name of a loop's iteration: the loop's node and the item's position, the outermost first."""
MOST_NODES = 10_000
MOST_LINKS = 200_000

OnError = Literal["fail", "continue"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Retry(_Part):
    """How often and when a failed node is tried again; times in seconds."""

    max_attempts: Annotated[int, Field(ge=1, le=10)] = 1
    interval_seconds: Annotated[int, Field(ge=1, le=3600)] = 1
    backoff_rate: Annotated[float, Field(ge=1, le=10)] = 2
    max_delay_seconds: Annotated[int, Field(ge=1, le=86_400)] = 30


class Position(_Part):
    """Where an editor draws the node."""

    x: float = 0
    y: float = 0


class Node(_Part):
    """One use of a block; `inputs` are constants for its input pins."""

    id: Annotated[str, Field(pattern=NODE_ID)]
    block: Annotated[str, Field(min_length=1, max_length=64)]
    inputs: dict[str, Any] = {}
    label: Annotated[str, Field(max_length=120)] = ""
    position: Position = Position()
    retry: Retry = Retry()
    timeout_seconds: Annotated[int, Field(ge=1, le=MAX_NODE_SECONDS)] = 60
    on_error: OnError = "fail"
    parent: Annotated[str | None, Field(pattern=NODE_ID)] = None
    """The loop whose body this node belongs to."""
    pinned_outputs: dict[str, Any] | None = None
    """What a draft's run takes for the node's outputs instead of running it."""


class Link(_Part):
    """An output pin of one node feeds an input pin of another, or a part of it: `values.city`."""

    source: Annotated[str, Field(min_length=1, max_length=64)]
    output: Annotated[str, Field(min_length=1, max_length=64)]
    target: Annotated[str, Field(min_length=1, max_length=64)]
    input: Annotated[str, Field(min_length=1, max_length=256)]

    @property
    def pin(self) -> str:
        """The input pin that the link enters, without the part."""
        return self.input.partition(".")[0]

    @property
    def part(self) -> str:
        """The part of the pin, `city` of `values.city`; empty for the pin as a whole."""
        return self.input.partition(".")[2]


class Options(_Part):
    """How a graph's machine is built."""

    fuse_light_nodes: bool = True
    """Whether light nodes next to each other share a Task; off to see each in the console."""
    execution_type: Literal["standard", "express"] = "standard"


class Graph(_Part):
    """A graph's content: what a version keeps."""

    name: Name
    description: Annotated[str, Field(max_length=4000)] = ""
    nodes: Annotated[list[Node], Field(max_length=MOST_NODES)] = []
    links: Annotated[list[Link], Field(max_length=MOST_LINKS)] = []
    options: Options = Options()


class Problem(_Part):
    """What a check found: a stable code, where, and one sentence for the author."""

    code: str
    message: str
    node: str | None = None
    pin: str | None = None
