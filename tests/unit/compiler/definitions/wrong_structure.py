"""Wrong: the JSON, the machine, its regions, their names and ways."""

from typing import Any

from tests.unit.compiler.definitions.building import (
    DISTRIBUTED,
    Json,
    Wrong,
    alone,
    beside,
    distributed,
    machine,
    mapping,
    parallel,
    passing,
    region,
    rule,
    task,
)

END = {"Type": "Succeed"}
ONE = '"A": {"Type": "Succeed"}'
ALONE = alone(END)
CHOICE = {"Type": "Choice", "Choices": [rule(IsNull=True)], "Default": "C"}
BUSY = {"ErrorEquals": ["Busy"]}


def text_of(states: str) -> str:
    return f'{{"StartAt": "A", "States": {{{states}}}}}'


def choosing(**fields: Any) -> Json:
    rules = [rule(IsNull=True)]
    return beside({"Type": "Choice", "Choices": rules, "Default": "B", **fields})


JSON = [
    Wrong("an_empty_text", "", "", "", "invalid_json"),
    Wrong("a_text_that_is_no_json", "StartAt: A", "", "", "invalid_json"),
    Wrong("json_that_ends_halfway", '{"StartAt": "A"', "", "", "invalid_json"),
    Wrong("json_with_a_comma_too_many", text_of(f"{ONE},"), "", "", "invalid_json"),
    Wrong("an_array", "[]", "", "", "wrong_type"),
    Wrong("null", "null", "", "", "wrong_type"),
    Wrong("brackets_that_never_close", "[" * 100_000, "", "", "too_deep"),
    Wrong("a_state_twice", text_of(f"{ONE}, {ONE}"), "A", "", "duplicate_state_name"),
    Wrong("a_field_twice", text_of(ONE)[:-1] + ', "StartAt": "A"}', "", "", "duplicate_key"),
    Wrong(
        "a_field_of_a_state_twice",
        text_of('"A": {"Type": "Fail", "Type": "Succeed"}'),
        "A",
        "",
        "duplicate_key",
    ),
    Wrong(
        "a_parameter_twice",
        text_of('"A": {"Type": "Pass", "Parameters": {"a": [{"x": 1, "x": 2}]}, "End": true}'),
        "A",
        "Parameters.a[0]",
        "duplicate_key",
    ),
    Wrong(
        "nan",
        text_of('"A": {"Type": "Pass", "Result": [NaN], "End": true}'),
        "A",
        "Result[0]",
        "not_a_number",
    ),
    Wrong("over_a_megabyte", {**ALONE, "Comment": "x" * 2**20}, "", "", "definition_too_large"),
]

MACHINE = [
    Wrong("no_start", {"States": {"A": END}}, "", "", "missing_field"),
    Wrong("no_states", {"StartAt": "A"}, "", "", "missing_field"),
    Wrong("states_in_an_array", {"StartAt": "A", "States": []}, "", "States", "wrong_type"),
    Wrong("a_state_that_is_a_text", beside("Pass"), "A", "", "wrong_type"),
    Wrong("an_unknown_field", {**ALONE, "Timeout": 3}, "", "Timeout", "unknown_field"),
    Wrong("a_field_in_small_letters", {**ALONE, "comment": ""}, "", "comment", "unknown_field"),
    Wrong("version_2", {**ALONE, "Version": "2.0"}, "", "Version", "invalid_value"),
    Wrong("a_version_as_a_number", {**ALONE, "Version": 1.0}, "", "Version", "wrong_type"),
    Wrong("xpath", {**ALONE, "QueryLanguage": "XPath"}, "", "QueryLanguage", "invalid_value"),
    Wrong("no_time", {**ALONE, "TimeoutSeconds": 0}, "", "TimeoutSeconds", "out_of_range"),
    Wrong("a_time_as_text", {**ALONE, "TimeoutSeconds": "9"}, "", "TimeoutSeconds", "wrong_type"),
    Wrong("half_a_second", {**ALONE, "TimeoutSeconds": 0.5}, "", "TimeoutSeconds", "wrong_type"),
    Wrong("a_true_time", {**ALONE, "TimeoutSeconds": True}, "", "TimeoutSeconds", "wrong_type"),
    Wrong("four_years", {**ALONE, "TimeoutSeconds": 10**8}, "", "TimeoutSeconds", "out_of_range"),
    Wrong("a_comment_of_no_text", {**ALONE, "Comment": []}, "", "Comment", "wrong_type"),
    Wrong("no_type", alone({"End": True}), "A", "", "missing_field"),
    Wrong("an_unknown_type", beside({"Type": "Loop"}), "A", "Type", "unknown_type"),
    Wrong("a_type_in_small_letters", beside({"Type": "pass"}), "A", "Type", "unknown_type"),
    Wrong("a_type_of_no_text", beside({"Type": ["Pass"]}), "A", "Type", "unknown_type"),
]

WAYS = [
    Wrong("a_start_nowhere", {**ALONE, "StartAt": "B"}, "", "StartAt", "missing_target"),
    Wrong("a_next_nowhere", beside({"Type": "Pass", "Next": "X"}), "A", "Next", "missing_target"),
    Wrong("a_default_nowhere", choosing(Default="X"), "A", "Default", "missing_target"),
    Wrong(
        "a_rule_nowhere",
        choosing(Choices=[{**rule(IsNull=True), "Next": "X"}]),
        "A",
        "Choices[0].Next",
        "missing_target",
    ),
    Wrong(
        "a_catcher_nowhere",
        alone(task(Catch=[{**BUSY, "Next": "X"}])),
        "A",
        "Catch[0].Next",
        "missing_target",
    ),
    Wrong("neither_next_nor_end", beside({"Type": "Pass"}), "A", "", "missing_field"),
    Wrong("next_and_end", beside(passing(Next="B")), "A", "", "exclusive_fields"),
    Wrong(
        "an_end_that_is_false", beside(passing(End=False, Next="B")), "A", "End", "invalid_value"
    ),
    Wrong("an_end_that_is_a_text", beside(passing(End="yes")), "A", "End", "invalid_value"),
    Wrong("a_next_that_is_a_list", beside({"Type": "Pass", "Next": []}), "A", "Next", "wrong_type"),
    Wrong("a_choice_that_ends", choosing(End=True), "A", "End", "unknown_field"),
    Wrong("a_choice_with_next", choosing(Next="B"), "A", "Next", "unknown_field"),
    Wrong("a_succeed_with_next", beside({**END, "Next": "B"}), "A", "Next", "unknown_field"),
    Wrong("a_fail_that_ends", alone({"Type": "Fail", "End": True}), "A", "End", "unknown_field"),
    Wrong("a_lost_state", machine({"A": END, "B": END}), "B", "", "unreachable_state"),
    Wrong(
        "a_state_that_only_leads_to_itself",
        machine({"A": END, "B": {"Type": "Pass", "Next": "B"}}),
        "B",
        "",
        "unreachable_state",
    ),
    Wrong(
        "a_circle_without_end",
        machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}),
        "",
        "States",
        "missing_end",
    ),
]

REGIONS = [
    Wrong("no_branches", alone({"Type": "Parallel", "End": True}), "A", "", "missing_field"),
    Wrong("branches_in_an_object", alone(parallel(Branches={})), "A", "Branches", "wrong_type"),
    Wrong("no_branch_at_all", alone(parallel()), "A", "Branches", "empty_array"),
    Wrong("a_branch_that_is_null", alone(parallel(None)), "A", "Branches[0]", "wrong_type"),
    Wrong(
        "a_branch_without_start",
        alone(parallel({"States": {"B": END}})),
        "A",
        "Branches[0]",
        "missing_field",
    ),
    Wrong(
        "a_branch_that_starts_outside",
        alone(parallel(region(B=END) | {"StartAt": "A"})),
        "A",
        "Branches[0].StartAt",
        "missing_target",
    ),
    Wrong(
        "a_way_out_of_a_branch",
        alone(parallel(region(S=CHOICE, B={"Type": "Pass", "Next": "A"}, C=END))),
        "B",
        "Next",
        "missing_target",
    ),
    Wrong(
        "a_branch_without_end",
        alone(parallel(region(B={"Type": "Pass", "Next": "C"}, C={"Type": "Pass", "Next": "B"}))),
        "A",
        "Branches[0].States",
        "missing_end",
    ),
    Wrong(
        "a_branch_with_a_timeout",
        alone(parallel(region(B=END) | {"TimeoutSeconds": 5})),
        "A",
        "Branches[0].TimeoutSeconds",
        "unknown_field",
    ),
    Wrong(
        "a_branch_with_a_language",
        alone(parallel(region(B=END) | {"QueryLanguage": "JSONata"})),
        "A",
        "Branches[0].QueryLanguage",
        "unknown_field",
    ),
    Wrong("a_map_without_body", alone({"Type": "Map", "End": True}), "A", "", "missing_field"),
    Wrong(
        "a_map_with_two_bodies",
        alone(mapping(Iterator=region(C=END))),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong("a_body_that_is_a_list", alone(mapping([1])), "A", "ItemProcessor", "wrong_type"),
    Wrong(
        "a_lost_state_in_a_body",
        alone(mapping(region(B=END, C=END))),
        "C",
        "",
        "unreachable_state",
    ),
    Wrong(
        "a_body_in_another_mode",
        alone(mapping({**region(B=END), "ProcessorConfig": {"Mode": "FAST"}})),
        "A",
        "ItemProcessor.ProcessorConfig.Mode",
        "invalid_value",
    ),
    Wrong(
        "a_distributed_body_of_no_type",
        alone(mapping({**region(B=END), "ProcessorConfig": {"Mode": "DISTRIBUTED"}})),
        "A",
        "ItemProcessor.ProcessorConfig",
        "missing_field",
    ),
    Wrong(
        "an_inline_body_with_a_type",
        alone(mapping({**region(B=END), "ProcessorConfig": {**DISTRIBUTED, "Mode": "INLINE"}})),
        "A",
        "ItemProcessor.ProcessorConfig.ExecutionType",
        "unknown_field",
    ),
]

NAMES = [
    Wrong(
        "a_name_in_a_branch_too",
        alone(parallel(region(A=END))),
        "A",
        "",
        "duplicate_state_name",
    ),
    Wrong(
        "a_name_in_two_branches",
        alone(parallel(region(B=END), region(B=END))),
        "B",
        "",
        "duplicate_state_name",
    ),
    Wrong("a_name_in_a_body_too", alone(mapping(region(A=END))), "A", "", "duplicate_state_name"),
    Wrong("a_name_of_81_characters", machine({"x" * 81: END}), "x" * 81, "", "invalid_state_name"),
    Wrong("a_name_of_two_lines", machine({"a\nb": END}), "a\nb", "", "invalid_state_name"),
    Wrong("an_empty_label", alone(distributed(Label="")), "A", "Label", "invalid_label"),
    Wrong("a_label_with_a_space", alone(distributed(Label="a b")), "A", "Label", "invalid_label"),
    Wrong("a_label_of_41", alone(distributed(Label="x" * 41)), "A", "Label", "invalid_label"),
]

CASES = [*JSON, *MACHINE, *WAYS, *REGIONS, *NAMES]
