"""A graph sorted out for its checks: nodes by id, links by the node that they enter."""

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from strata.compiler.cycles import Edge
from strata.compiler.levels import levels
from strata.compiler.regions import Parents, edge
from strata.model.block import Block, Registry
from strata.model.graph import Graph, Link, Node


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a check looks at. The graph may be wrong in every way that its model allows."""

    graph: Graph
    blocks: Registry
    credentials: Container[str] | None
    """The ids of credentials that the author may use; None where that is not to be checked."""
    nodes: Mapping[str, Node]
    """By id; of several with one id the first."""
    entering: Mapping[str, Sequence[Link]]
    """Every link by its target, whether or not that and the source exist."""
    sound: Sequence[Link]
    """The links between two different nodes that exist."""
    links: Sequence[Edge]
    """What waits for what because of them, as pairs of nodes of one region."""
    parents: Parents
    """The loop of each node that names one, whether or not that is there."""
    bound: frozenset[str]
    """The nodes on a cycle, and those that depend on one."""

    def with_block(self) -> Iterator[tuple[Node, Block]]:
        """Each node whose block is known."""
        for node in self.graph.nodes:
            block = self.blocks.get(node.block)
            if block is not None:
                yield node, block

    def block_of(self, node_id: str) -> Block | None:
        """None where the node or its block is unknown."""
        node = self.nodes.get(node_id)
        return self.blocks.get(node.block) if node else None


def wire(graph: Graph, blocks: Registry, credentials: Container[str] | None) -> Wiring:
    nodes: dict[str, Node] = {}
    for node in graph.nodes:
        nodes.setdefault(node.id, node)
    entering = defaultdict[str, list[Link]](list)
    for link in graph.links:
        entering[link.target].append(link)
    sound = [link for link in graph.links if _is_sound(link, nodes)]
    parents = {node.id: node.parent for node in nodes.values() if node.parent is not None}
    edges = (edge(link.source, link.target, parents) for link in sound)
    # A loop that a node names as its parent may be missing.
    links = [one for one in edges if one is not None and one[1] in nodes]
    free = {node for level in levels(list(nodes), links) for node in level}
    bound = frozenset(nodes.keys() - free)
    return Wiring(graph, blocks, credentials, nodes, dict(entering), sound, links, parents, bound)


def _is_sound(link: Link, nodes: Mapping[str, Node]) -> bool:
    return link.source in nodes and link.target in nodes and link.source != link.target
