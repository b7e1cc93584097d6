"""Builders of graphs for all tests: nodes and links in few words, and the usual shapes.

graph([node("a", value=1), node("b")], "a.value -> b.value")
"""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from strata.compiler.definition import Arns
from strata.model.graph import Graph, Link, Node, Options

RUN_NODE = "arn:aws:lambda:eu-west-1:123456789012:function:strata-dev-run_node"
END_EXECUTION = "arn:aws:lambda:eu-west-1:123456789012:function:strata-dev-end_execution"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:strata-dev-gph_1-1-2"
ARNS = Arns(RUN_NODE, END_EXECUTION, MACHINE)

OF_NODE = frozenset(
    ("label", "position", "retry", "timeout_seconds", "on_error", "parent", "pinned_outputs")
)


def node(node_id: str, block: str = "constant", /, **given: Any) -> Node:
    """Keywords that are fields of a node set these, all others are constants for input pins."""
    fields = {name: value for name, value in given.items() if name in OF_NODE}
    inputs = {name: value for name, value in given.items() if name not in OF_NODE}
    return Node.model_validate({"id": node_id, "block": block, "inputs": inputs, **fields})


def link(arrow: str) -> Link:
    """`source.output -> target.input`; the input may have a part: `b.items.0`."""
    source, _, target = arrow.partition(" -> ")
    (source, _, output), (target, _, pin) = source.partition("."), target.partition(".")
    return Link(source=source, output=output, target=target, input=pin)


def graph(nodes: Iterable[Node], *arrows: str, name: str = "Test") -> Graph:
    return Graph(name=name, nodes=list(nodes), links=[link(arrow) for arrow in arrows])


def joined(ids: Sequence[str], edges: Iterable[tuple[str, str]], name: str = "Test") -> Graph:
    """Constants that hand on what reaches them first; those that nothing reaches have a 1."""
    links = [Link(source=a, output="value", target=b, input="value") for a, b in edges]
    targets = {one.target for one in links}
    nodes = [node(one) if one in targets else node(one, value=1) for one in ids]
    return Graph(name=name, nodes=nodes, links=links)


def traced(some: Graph) -> Graph:
    """With each node in a Task of its own: most blocks of tests are light."""
    return some.model_copy(update={"options": Options(fuse_light_nodes=False)})


def chain(length: int) -> Graph:
    ids = [f"n{at:03}" for at in range(length)]
    return joined(ids, pairwise(ids), name=f"Chain of {length}")


def fan(width: int) -> Graph:
    """One node that all others depend on."""
    ids = [f"n{at:03}" for at in range(width)]
    return joined(["start", *ids], [("start", one) for one in ids], name=f"Fan of {width}")


def layered(levels: int, width: int) -> Graph:
    """Every node depends on every node of the level before."""
    rows = [[f"n{level}_{at:02}" for at in range(width)] for level in range(levels)]
    edges = [(a, b) for above, row in pairwise(rows) for a in above for b in row]
    return joined([one for row in rows for one in row], edges, name=f"{levels} levels of {width}")


def diamond() -> Graph:
    return joined(["a", "b", "c", "d"], [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])
