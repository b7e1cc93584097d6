"""What the compiler makes has no problem, and nothing of it can be broken unseen."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strata.compiler.validate import house_rules, validate
from strata.model.graph import Graph
from tests.golden import compiled_whole
from tests.random_graphs import graphs
from tests.unit.compiler.definitions.building import Json

often = settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


def objects(value: Any) -> Iterator[Json]:
    """Every object within the value, and itself."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list):
            yield from objects(part)


REQUIRED = ("Type", "StartAt", "States", "Resource", "ErrorEquals", "Branches", "Choices")
TARGETS = ("StartAt", "Next", "Default")


def _without(field: str) -> Callable[[Json], Any]:
    return lambda one: one.pop(field)


def _with(field: str, value: Any) -> Callable[[Json], Any]:
    return lambda one: one.update({field: value})


FAULTS: tuple[tuple[str, Callable[[Json], Any]], ...] = (
    *((field, _without(field)) for field in REQUIRED),
    *((field, _with(field, "a state that is not there")) for field in TARGETS),
    *((field, _with("Bogus", 1)) for field in ("Type", "StartAt", "ErrorEquals")),
    ("Resource", _with("Resource", "run_node")),
    ("TimeoutSeconds", _with("TimeoutSeconds", 0)),
    ("ErrorEquals", _with("ErrorEquals", [])),
    ("JitterStrategy", _with("JitterStrategy", "HALF")),
    ("MaxAttempts", _with("MaxAttempts", -1)),
    ("ResultPath", _with("ResultPath", "$.a[*]")),
    ("Parameters", _with("Parameters", {"run.$": "run"})),
    ("End", _with("Next", "a state that is not there")),
)


@st.composite
def faulty(draw: st.DrawFn) -> Json:
    """A definition that the compiler made, with one fault."""
    whole = compiled_whole(draw(graphs()))
    definition: Json = json.loads(draw(st.sampled_from([whole.main, *whole.parts])))
    places = [(one, change) for one in objects(definition) for at, change in FAULTS if at in one]
    one, change = draw(st.sampled_from(places))
    change(one)
    return definition


@often
@given(graphs())
def test_what_the_compiler_makes_has_no_problem(graph: Graph) -> None:
    whole = compiled_whole(graph)
    for definition in (whole.main, *whole.parts):
        assert validate(definition) == []
        assert house_rules(definition) == []


@often
@given(faulty())
def test_a_fault_in_what_the_compiler_makes_is_found(definition: Json) -> None:
    assert validate(definition) != []
