"""What can be wrong with the bodies of loops."""

from collections.abc import Iterator

from strata.compiler.regions import MAX_NESTING, leads_out, loops_around
from strata.compiler.wiring import Wiring
from strata.model.graph import Problem
from strata.model.graph_schema import INPUT_BLOCK, OUTPUT_BLOCK


def unknown_parents(wiring: Wiring) -> Iterator[Problem]:
    for node, parent in wiring.parents.items():
        block = wiring.block_of(parent)
        if parent not in wiring.nodes:
            message = f"The node lies in the body of '{parent}', which is no node."
            yield Problem(code="unknown_parent", message=message, node=node)
        elif block is not None and block.behaviour != "loop":
            message = f"The node lies in the body of '{parent}', which is no loop."
            yield Problem(code="parent_without_body", message=message, node=node)


def nested_too_deep(wiring: Wiring) -> Iterator[Problem]:
    for node in wiring.parents:
        around = list(loops_around(node, wiring.parents))
        if node in around:
            message = f"The loop lies in its own body: {' → '.join([node, *around])}."
            yield Problem(code="cycle", message=message, node=node)
        elif len(around) > MAX_NESTING:
            message = f"More than {MAX_NESTING} loops lie within each other here."
            yield Problem(code="nested_too_deep", message=message, node=node)


def empty_bodies(wiring: Wiring) -> Iterator[Problem]:
    filled = set(wiring.parents.values())
    for node, block in wiring.with_block():
        if block.behaviour == "loop" and node.id not in filled:
            message = "The loop has no node in its body: give some node this one as its parent."
            yield Problem(code="empty_body", message=message, node=node.id)


def graph_pins_in_bodies(wiring: Wiring) -> Iterator[Problem]:
    for node, block in wiring.with_block():
        if node.id in wiring.parents and block.name in (INPUT_BLOCK, OUTPUT_BLOCK):
            message = f"An {block.name} of the graph cannot lie in the body of a loop."
            yield Problem(code="graph_pin_in_body", message=message, node=node.id)


def links_out_of_bodies(wiring: Wiring) -> Iterator[Problem]:
    for link in wiring.sound:
        if leads_out(link.source, link.target, wiring.parents):
            message = (
                f"The link from '{link.source}' leads out of the body of a loop: what a body gives "
                "goes back to its loop."
            )
            yield Problem(
                code="link_out_of_body", message=message, node=link.target, pin=link.input
            )


CHECKS = (
    unknown_parents,
    nested_too_deep,
    empty_bodies,
    graph_pins_in_bodies,
    links_out_of_bodies,
)
