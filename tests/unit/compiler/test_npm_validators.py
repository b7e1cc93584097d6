"""Our validator beside those that npm has: what they refuse we refuse."""

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from strata.compiler.validate import validate
from tests.unit.compiler.conftest import VALIDATORS, AslErrors, NpmErrors
from tests.unit.compiler.definitions.building import Json, Right, Wrong
from tests.unit.compiler.definitions.corpus import RIGHT, WRONG, Way, known_actions, places, text_of

# Neither is built for a megabyte, or for brackets without end.
READABLE = [case for case in WRONG if case.code not in ("definition_too_large", "too_deep")]


@pytest.mark.parametrize("case", RIGHT, ids=lambda case: case.name)
def test_npm_takes_a_right_definition_or_there_is_a_reason(
    case: Right, asl_errors: AslErrors
) -> None:
    assert bool(asl_errors(text_of(case.definition))) == bool(case.npm)


@pytest.mark.parametrize("case", READABLE, ids=lambda case: case.name)
def test_what_npm_refuses_is_refused(case: Wrong, asl_errors: AslErrors) -> None:
    refused = asl_errors(text_of(case.definition))
    assert not refused or validate(case.definition, known_actions=known_actions)


def test_each_of_npm_s_validators_refuses_most_of_the_corpus(npm_errors: NpmErrors) -> None:
    # A validator that says nothing at all would agree with everything.
    said = [npm_errors(text_of(case.definition)) for case in READABLE]
    for validator in VALIDATORS:
        assert sum(bool(one[validator]) for one in said) > len(READABLE) / 2


# What a mutation may put in a field's place: of each type one, good in some fields and bad in most.
VALUES: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1.5,
    10**9,
    "x",
    "$.a",
    "$.a[*]",
    "{%",
    [],
    {},
    ["x"],
)
# Within these npm takes any field of the same name for one of the language.
OPAQUE = ("Parameters", "Arguments", "Output", "Result", "Assign", "ItemSelector", "BatchInput")


@st.composite
def mutants(draw: st.DrawFn) -> tuple[Json, Way]:
    """A right definition without one of its fields, or with another value there."""
    definition = deepcopy(
        draw(st.sampled_from([case for case in RIGHT if not case.npm])).definition
    )
    *way, last = place = draw(st.sampled_from(places(definition, OPAQUE)))
    parent: Any = definition
    for key in way:
        parent = parent[key]
    if draw(st.booleans()):
        del parent[last]
    else:
        parent[last] = draw(st.sampled_from(VALUES))
    return definition, tuple(place)


@settings(
    max_examples=300, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(mutant=mutants())
def test_what_npm_refuses_of_a_mutant_is_refused(
    mutant: tuple[Json, Way], asl_errors: AslErrors
) -> None:
    definition, place = mutant
    # Output may be any JSON, which asl-validator does not know; nor may a form of the results do
    # without a place for them.
    assume(place[-1] not in ("Output", "Parameters") and place[-2:] != ("ResultWriter", "Resource"))
    refused = asl_errors(json.dumps(definition))
    assert not refused or validate(definition, known_actions=known_actions)
