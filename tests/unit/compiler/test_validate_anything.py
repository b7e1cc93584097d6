"""The validator takes whatever is given, and tells something of it in time."""

import json
from collections.abc import Mapping
from copy import deepcopy
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from strata.compiler.validate import house_rules, validate
from tests.unit.compiler.definitions.building import Json, alone, expression, passing, rule
from tests.unit.compiler.definitions.corpus import RIGHT, places

FIELDS = sorted(
    {
        *("Type", "StartAt", "States", "Branches", "ItemProcessor", "Iterator", "ProcessorConfig"),
        *("Choices", "And", "Or", "Not", "Variable", "Condition", "Next", "Default", "End"),
        *("Retry", "Catch", "ErrorEquals", "MaxAttempts", "IntervalSeconds", "MaxDelaySeconds"),
        *("Resource", "Parameters", "Arguments", "Output", "Assign", "Credentials", "x.$"),
        *("TimeoutSeconds", "HeartbeatSeconds", "Label", "ItemReader", "ReaderConfig", "Mode"),
        *("ItemBatcher", "ResultWriter", "WriterConfig", "QueryLanguage", "Comment", "InputPath"),
    }
)
WORDS = (
    *("Pass", "Task", "Map", "Parallel", "Choice", "Wait", "Fail", "JSONata", "JSONPath", "A", ""),
    *("$", "$.a[", "$$.Task.Token", "States.Format('{}", "{% $x", "{% ( %}", "DISTRIBUTED"),
    *("States.ALL", "arn:aws:states:::sqs:sendMessage.waitForTaskToken", "arn:aws:lambda:"),
)

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=5)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4)
    ),
    max_leaves=15,
)
often = settings(deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@st.composite
def disturbed(draw: st.DrawFn) -> Json:
    """A right definition of which one value is any other."""
    definition = deepcopy(draw(st.sampled_from(RIGHT)).definition)
    *way, last = draw(st.sampled_from(places(definition)))
    parent: Any = definition
    for key in way:
        parent = parent[key]
    parent[last] = draw(anything)
    return definition


@often
@given(anything)
def test_any_json_is_taken(value: Any) -> None:
    assert validate(value)
    house_rules(value)


@often
@given(st.text(alphabet='{}[]":,$.%SAtes0 \\\ud800', max_size=40))
def test_any_text_is_taken(text: str) -> None:
    assert validate(text)
    assert house_rules(text) == [] or isinstance(json.loads(text), dict)


@settings(often, max_examples=400)
@given(disturbed())
def test_any_value_anywhere_is_taken(definition: Json) -> None:
    problems = validate(definition)
    assert validate(definition) == problems
    house_rules(definition)


@settings(often, max_examples=200)
@given(st.text(alphabet="$.[]()'\"States,Format{}?@*:0 -\\", max_size=30))
def test_any_path_and_any_function_is_taken(text: str) -> None:
    for value in (text, f"$.a{text}", f"States.Format({text}"):
        validate(alone(passing(InputPath=value, Parameters={"x.$": value})))


@settings(often, max_examples=200)
@given(st.text(alphabet="$.[](){}'\"`/*^<>=:;?~|@#%!,ain1 \\", max_size=30))
def test_any_expression_is_taken(text: str) -> None:
    validate(expression(text))


class TestMappings:
    def test_any_kind_of_mapping_is_taken(self) -> None:
        definition = MappingProxyType({"StartAt": "A", "States": MappingProxyType({})})
        assert [one.code for one in validate(definition)] == ["no_states"]

    def test_keys_that_become_one_name_in_json_are_a_problem(self) -> None:
        mixed: Mapping[Any, Any] = {**alone({"Type": "Succeed"}), 1: "a", "1": "b"}
        assert ("", "duplicate_key") in [(one.field, one.code) for one in validate(mixed)]

    @pytest.mark.parametrize("value", [{1, 2}, b"x", object(), {("a", "b"): 1}])
    def test_what_has_no_form_in_json_is_a_problem(self, value: Any) -> None:
        problems = validate({"StartAt": "A", "States": value})
        assert [one.code for one in problems] == ["invalid_json"]

    def test_a_mapping_that_holds_itself_is_a_problem(self) -> None:
        definition = alone({"Type": "Succeed"})
        definition["States"]["B"] = definition
        assert [one.code for one in validate(definition)] == ["invalid_json"]

    def test_a_mapping_that_is_nested_too_deep_is_a_problem(self) -> None:
        value: Any = []
        for _ in range(100_000):
            value = [value]
        definition = alone(passing(Result=value))
        assert [one.code for one in validate(definition)] == ["too_deep"]
        definition["States"]["A"].pop("Result")
        _unwrap(value)

    def test_nothing_at_all_is_a_problem(self) -> None:
        assert [one.code for one in validate(None)] == ["wrong_type"]  # type: ignore[arg-type]


def _unwrap(value: Any) -> None:
    """Lets go of a list in a list in a list, from outside to inside."""
    while value:
        value = value.pop()


class TestSize:
    def test_rules_within_rules_are_checked_as_deep_as_json_can_be_read(self) -> None:
        rules: Json = {"Variable": "$.x", "IsNull": "no"}
        for _ in range(200):
            rules = {"Not": {"And": [rules]}}
        choice = {"Type": "Choice", "Choices": [{**rules, "Next": "A"}], "Default": "A"}
        found = validate(alone(choice))
        assert [one.code for one in found] == ["missing_end", "wrong_type"]
        assert found[1].field.endswith(".Not.And[0].IsNull")

    def test_regions_within_regions_are_checked_as_deep_as_json_can_be_read(self) -> None:
        inner: Json = {"StartAt": "last", "States": {"last": passing(Bogus=1)}}
        for depth in range(150):
            states = {f"P{depth}": {"Type": "Parallel", "Branches": [inner], "End": True}}
            inner = {"StartAt": f"P{depth}", "States": states}
        assert [(one.state, one.code) for one in validate(inner)] == [("last", "unknown_field")]

    def test_a_definition_of_ten_megabytes_is_told_its_size_and_all_else(self) -> None:
        states: Json = {
            f"S{at}": {**passing(Result="x" * 300), "Next": f"S{at + 1}"} for at in range(30_000)
        }
        for state in states.values():
            state.pop("End")
        codes = [one.code for one in validate({"StartAt": "S0", "States": states})]
        assert codes == ["definition_too_large", "missing_target", "missing_end"]

    def test_an_integer_of_a_million_digits_is_read(self) -> None:
        text = json.dumps(alone({"Type": "Wait", "Seconds": 0, "End": True}))
        found = validate(text.replace(": 0", ": " + "9" * 1_000_000))
        assert [one.field for one in found] == ["Seconds"]

    def test_a_choice_of_very_many_rules_is_read(self) -> None:
        rules = [rule(NumericEquals=at) for at in range(5_000)]
        state = {"Type": "Choice", "Choices": rules}
        definition = {"StartAt": "A", "States": {"A": state, "B": {"Type": "Succeed"}}}
        assert validate(definition) == []
