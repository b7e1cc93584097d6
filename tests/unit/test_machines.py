"""The last look at a definition before a machine is made of it."""

import json

import pytest

from strata.machines import UnsoundDefinition, sound
from tests.builders import chain
from tests.golden import compiled
from tests.unit.compiler.definitions.building import alone, call, passing


def test_a_definition_that_is_sound_is_taken_as_it_is() -> None:
    definition = compiled(chain(3))
    assert sound(definition) is definition


def test_a_fault_of_the_compiler_is_told_by_state_and_sentence() -> None:
    definition = json.dumps(alone(passing(ResultPath="x")))
    with pytest.raises(UnsoundDefinition, match=r"A: 'ResultPath' must be a path such as \$.a.b"):
        sound(definition)


def test_an_express_machine_is_looked_at_as_one() -> None:
    definition = json.dumps(alone(call("glue:startJobRun.sync", {"JobName": "j"})))
    assert sound(definition) is definition
    with pytest.raises(UnsoundDefinition, match="which an Express execution cannot"):
        sound(definition, express=True)
