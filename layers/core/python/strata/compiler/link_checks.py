"""What can be wrong with a link: its ends, its pins, its type, and the way it leads."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from strata.compiler.cycles import Edge, knots, shortest_cycle
from strata.compiler.regions import loops_around
from strata.compiler.wiring import Wiring
from strata.model.block import Block, Schema
from strata.model.graph import Link, Problem
from strata.model.graph_schema import INPUT_BLOCK, OUTPUT_BLOCK, type_of_input
from strata.model.schemas import fits, part_schema, simple_schema, types_of

MOST_NAMED = 100
"""So many nodes of a cycle are named; a sentence with all of 10,000 helps nobody."""


def dangling_links(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.graph.links:
        if link.source not in wiring.nodes:
            message = f"The link into '{link.target}' comes from '{link.source}', which is no node."
            yield _entering(link, "dangling_link", message)
        if link.target not in wiring.nodes:
            message = f"The link from '{link.source}' leads to '{link.target}', which is no node."
            yield _leaving(link, "dangling_link", message)


def self_links(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.graph.links:
        if link.source == link.target:
            message = f"The node '{link.source}' is linked to itself."
            yield _entering(link, "self_link", message)


def unknown_pins(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.graph.links:
        source, target = wiring.block_of(link.source), wiring.block_of(link.target)
        if source and not _emits(source, link, wiring):
            message = (
                f"The block '{source.name}' has no output '{link.output}'{_side(link, wiring)}."
            )
            yield _leaving(link, "unknown_pin", message)
        if target and link.pin not in _inputs(target, link, wiring):
            message = f"The block '{target.name}' has no input '{link.pin}'{_side(link, wiring)}."
            yield _entering(link, "unknown_pin", message)


def _emits(block: Block, link: Link, wiring: Wiring) -> bool:
    return _output(block, link, wiring) is not None


def _output(block: Block, link: Link, wiring: Wiring) -> Schema | None:
    """The schema of the pin that the link leaves; a loop has other pins towards its body, and to
    the bodies within that."""
    if block.inner is not None and link.source in loops_around(link.target, wiring.parents):
        return block.inner.outputs.get(link.output)
    return block.output_schema(link.output, wiring.nodes[link.source].inputs)


def _inputs(block: Block, link: Link, wiring: Wiring) -> Mapping[str, Schema]:
    if block.inner is not None and wiring.parents.get(link.source) == link.target:
        return block.inner.inputs
    return block.inputs


def _side(link: Link, wiring: Wiring) -> str:
    """Where a loop and its own body are the ends of the link, its pins are others."""
    gives = link.source in loops_around(link.target, wiring.parents)
    returns = wiring.parents.get(link.source) == link.target
    return " towards its body" if gives or returns else ""


def links_where_a_constant_must_be(wiring: Wiring) -> Iterator[Problem]:
    """What says how a graph is called and whose secret is used stands in the graph itself."""
    for link in wiring.graph.links:
        target = wiring.block_of(link.target)
        if target is None or link.pin not in target.inputs:
            continue
        of_graph = target.name == INPUT_BLOCK or (
            target.name == OUTPUT_BLOCK and link.pin != "value"
        )
        if of_graph or link.pin in (*target.credential_pins, *target.constant_pins):
            message = f"The input '{link.pin}' must be a value of the graph, it takes no link."
            yield _entering(link, "constant_required", message)


def links_into_no_part(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.graph.links:
        target = wiring.block_of(link.target)
        schema = _inputs(target, link, wiring).get(link.pin) if target else None
        if schema is None or "." not in link.input or part_schema(schema, link.part) is not None:
            continue
        if part_schema(schema, "0") is None and part_schema(schema, "a") is None:
            message = f"The input '{link.pin}' is neither an object nor an array: it has no parts."
            yield _entering(link, "part_of_scalar", message)
        else:
            message = f"The input '{link.pin}' has no part '{link.part}'."
            yield _entering(link, "unknown_part", message)


def parts_beside_the_whole(wiring: Wiring) -> Iterator[Problem]:
    for target, links in wiring.entering.items():
        for pin in _both_ways(links):
            message = f"Links enter '{pin}' as a whole and in parts: use the one or the other."
            yield Problem(code="part_and_whole", message=message, node=target, pin=pin)


def _both_ways(links: Sequence[Link]) -> list[str]:
    ways = defaultdict[str, set[bool]](set)
    for link in links:
        ways[link.pin].add("." in link.input)
    return [pin for pin, both in ways.items() if len(both) > 1]


def links_that_cannot_fit(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.sound:
        given, wanted = _given(link, wiring), _wanted(link, wiring)
        if given is not None and wanted is not None and not fits(given, wanted):
            message = (
                f"'{link.output}' of '{link.source}' gives {_kinds(given)}, "
                f"'{link.input}' takes {_kinds(wanted)}."
            )
            yield _entering(link, "type_mismatch", message)


def _given(link: Link, wiring: Wiring) -> Schema | None:
    block, node = wiring.block_of(link.source), wiring.nodes[link.source]
    if block is None:
        return None
    if block.name == INPUT_BLOCK and link.output in block.outputs:
        return simple_schema(type_of_input(node))
    return _output(block, link, wiring)


def _wanted(link: Link, wiring: Wiring) -> Schema | None:
    block = wiring.block_of(link.target)
    schema = _inputs(block, link, wiring).get(link.pin) if block else None
    if schema is None or "." not in link.input:
        return schema
    return part_schema(schema, link.part)


def _kinds(schema: Schema) -> str:
    kinds = " or ".join(sorted(types_of(schema)))
    if kinds == "array" and "items" in schema:
        return f"array of {_kinds(schema['items'])}"
    return kinds


def cycles(wiring: Wiring) -> Iterator[Problem]:
    """One problem for each knot of nodes, with one way around it."""
    links = [link for link in wiring.links if wiring.bound.issuperset(link)]
    found = knots([node for node in wiring.nodes if node in wiring.bound], links)
    knot_of = {node: number for number, knot in enumerate(found) for node in knot}
    inside = defaultdict[int, list[Edge]](list)
    for source, target in links:
        if source in knot_of and knot_of[source] == knot_of.get(target):
            inside[knot_of[source]].append((source, target))
    starts: dict[int, str] = {}
    for node in wiring.nodes:
        if node in knot_of:
            starts.setdefault(knot_of[node], node)
    for number, start in starts.items():
        yield _cycle(shortest_cycle(start, inside[number]))


def _cycle(nodes: list[str]) -> Problem:
    named = [*nodes, nodes[0]]
    if len(nodes) > MOST_NAMED:
        named = [*nodes[:MOST_NAMED], f"… (in all {len(nodes)} nodes)", nodes[0]]
    message = f"The nodes depend on each other in a cycle: {' → '.join(named)}."
    return Problem(code="cycle", message=message, node=nodes[0])


def _entering(link: Link, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, node=link.target, pin=link.input)


def _leaving(link: Link, code: str, message: str) -> Problem:
    return Problem(code=code, message=message, node=link.source, pin=link.output)
