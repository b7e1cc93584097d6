"""Our own check of a Step Functions definition: what the service refuses, found before it is asked.

    reading        the JSON, whatever was given
    regions        the machine, branches and bodies; their own fields
    states         the fields of each type of state, by these modules:
                   values · paths · intrinsics · templates · jsonata · choices · errors · maps
    resources      what a Task calls (integrations), and what it cannot in an Express execution
    flow           targets, reachability, ends, names
    house          rules of this house that no service asks for

`validate` tells what is wrong, `house_rules` what would be wrong with a machine of ours. All is
iterative and linear in the size of the definition. What is told of Step Functions was tried against
ValidateStateMachineDefinition, by us or by others who wrote down what it answered, or stands in the
developer guide; where these differ from the language's specification the stricter one holds.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from strata.compiler.validate.flow import flow_problems, label_problems, name_problems
from strata.compiler.validate.house import house_rules
from strata.compiler.validate.problems import MACHINE, Place, Problem, kind_of, told
from strata.compiler.validate.reading import read
from strata.compiler.validate.regions import (
    inner_problems,
    region_problems,
    regions,
)
from strata.compiler.validate.resources import KnownActions
from strata.compiler.validate.states import (
    FIELDS,
    JSONATA,
    JSONPATH,
    State,
    language_of,
    state_problems,
)

__all__ = ["KnownActions", "Problem", "house_rules", "validate"]


def validate(
    definition: str | Mapping[str, Any],
    *,
    known_actions: KnownActions | None = None,
    express: bool = False,
) -> list[Problem]:
    """Every problem of a definition, given as its JSON text or as the mapping that it is.

    `known_actions` gives the actions of a service of the AWS SDK; without it only their form is
    checked. `express` is for a machine of that type. Never raises, whatever is given."""
    document, problems = read(definition)
    if not isinstance(document, dict):
        return problems or [_no_machine(document)]
    language = language_of(document, JSONPATH)
    all_regions = regions(document, express)
    for region in all_regions:
        problems.extend(region_problems(region))
        problems.extend(flow_problems(region))
        for name, state in region.states.items():
            told_of = _state(Place(name), state, language, region.express, known_actions)
            problems.extend(told_of)
    return [*problems, *name_problems(all_regions), *label_problems(all_regions)]


def _no_machine(document: Any) -> Problem:
    return MACHINE.problem("wrong_type", f"must be a JSON object, not {kind_of(document)}")


def _state(
    place: Place, body: Any, language: str, express: bool, known_actions: KnownActions | None
) -> Iterator[Problem]:
    if not isinstance(body, dict):
        yield place.problem("wrong_type", f"must be an object, not {kind_of(body)}")
        return
    if body.get("QueryLanguage") == JSONPATH and language == JSONATA:
        message = "cannot be JSONPath where the machine's is JSONata"
        yield place.at("QueryLanguage").problem("wrong_query_language", message)
    spoken = language_of(body, language)
    yield from _typed(State(body, place, spoken, express, known_actions))


def _typed(state: State) -> Iterator[Problem]:
    kind = state.body.get("Type")
    if "Type" not in state.body:
        yield state.place.problem("missing_field", "must have 'Type'")
    elif not isinstance(kind, str) or kind not in FIELDS:
        message = f"must be one of {', '.join(FIELDS)}, not {told(kind)}"
        yield state.place.at("Type").problem("unknown_type", message)
    else:
        yield from state_problems(state)
        yield from inner_problems(state.body, state.place)
