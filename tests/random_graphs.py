"""Random graphs of the shapes that agents have: stages, chains that join, layers, near links."""

from hypothesis import strategies as st

from strata.model.graph import Graph, Link, Node, Retry
from tests.builders import joined

MOST_NODES = 60
ODD_LABELS = (
    "Fetch",
    "Fetch (n1)",
    "Level 2",
    "record failure",
    "Execution failed",
    "Next",
    "States",
    "__proto__",
    "constructor",
    "*?<>{}[]",
    "Größe → prüfen",
    "データを取得する",
    "हिन्दी",
    "🚀",
    "\u202eright to left",
    "a" * 120,
)

Edges = set[tuple[int, int]]


@st.composite
def stages(draw: st.DrawFn) -> tuple[int, Edges]:
    """Each stage depends on some of the one before."""
    return _rows(draw, lambda above: draw(st.sets(st.sampled_from(above), min_size=1)))


@st.composite
def layers(draw: st.DrawFn) -> tuple[int, Edges]:
    """Each layer depends on all of the one before."""
    return _rows(draw, set)


@st.composite
def chains(draw: st.DrawFn) -> tuple[int, Edges]:
    """Chains of unequal length; a last node may join them."""
    lengths = draw(st.lists(st.integers(1, 10), min_size=1, max_size=5))
    edges: Edges = set()
    ends: list[int] = []
    for length in lengths:
        start = ends[-1] + 1 if ends else 0
        edges |= {(at, at + 1) for at in range(start, start + length - 1)}
        ends.append(start + length - 1)
    count = sum(lengths)
    if draw(st.booleans()):
        edges |= {(end, count) for end in ends}
        count += 1
    return count, edges


@st.composite
def near(draw: st.DrawFn) -> tuple[int, Edges]:
    """Links to some of the nodes shortly before."""
    count = draw(st.integers(1, MOST_NODES))
    back = draw(st.lists(st.sets(st.integers(1, 4), max_size=3), min_size=count, max_size=count))
    return count, {(at - by, at) for at in range(count) for by in back[at] if by <= at}


def _rows(draw: st.DrawFn, choose) -> tuple[int, Edges]:  # type: ignore[no-untyped-def]
    widths = draw(st.lists(st.integers(1, 12), min_size=1, max_size=5))
    edges: Edges = set()
    above: list[int] = []
    count = 0
    for width in widths:
        row = list(range(count, count + width))
        edges |= {(source, target) for target in row if above for source in choose(above)}
        above, count = row, count + width
    return count, edges


labels = st.one_of(st.just(""), st.sampled_from(ODD_LABELS), st.text(max_size=120))
retries = st.builds(
    Retry,
    max_attempts=st.integers(1, 10),
    interval_seconds=st.integers(1, 3600),
    backoff_rate=st.floats(1, 10),
    max_delay_seconds=st.integers(1, 86_400),
)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Graphs that can be compiled: 1 to 61 nodes with labels, policies and ways of all sorts."""
    count, edges = draw(st.one_of(stages(), layers(), chains(), near()))
    plain = joined(
        [f"n{at}" for at in range(count)], [(f"n{a}", f"n{b}") for a, b in sorted(edges)]
    )
    nodes = [draw(_varied(node)) for node in draw(st.permutations(plain.nodes))]
    links = [_from_error(link) if draw(st.booleans()) else link for link in plain.links[:5]]
    return plain.model_copy(update={"nodes": nodes, "links": [*links, *plain.links[5:]]})


@st.composite
def _varied(draw: st.DrawFn, node: Node) -> Node:
    changes = {
        "label": draw(labels),
        "retry": draw(st.one_of(st.just(Retry()), retries)),
        "timeout_seconds": draw(st.integers(1, 840)),
        "on_error": draw(st.sampled_from(["fail", "continue"])),
    }
    return Node.model_validate(node.model_dump() | changes)


def _from_error(link: Link) -> Link:
    return link.model_copy(update={"output": "error"})
