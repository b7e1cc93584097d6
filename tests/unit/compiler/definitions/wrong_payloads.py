"""Wrong: paths, intrinsic functions, payloads, variables."""

from tests.unit.compiler.definitions.building import (
    Wrong,
    alone,
    given,
    mapping,
    passing,
    task,
    wait,
)

PATHS = [
    Wrong(
        "an_input_path_of_no_path", alone(passing(InputPath="x")), "A", "InputPath", "invalid_path"
    ),
    Wrong("an_input_path_of_no_text", alone(passing(InputPath=1)), "A", "InputPath", "wrong_type"),
    Wrong(
        "an_output_path_that_ends_early",
        alone(passing(OutputPath="$.a[")),
        "A",
        "OutputPath",
        "invalid_path",
    ),
    Wrong(
        "a_filter_that_never_closes",
        alone(passing(OutputPath="$.a[?(@.b == 'c)]")),
        "A",
        "OutputPath",
        "invalid_path",
    ),
    Wrong(
        "a_filter_that_breaks_off",
        alone(passing(OutputPath="$.a[?(@.b == )]")),
        "A",
        "OutputPath",
        "invalid_path",
    ),
    Wrong(
        "a_path_with_a_space", alone(passing(OutputPath="$.a b")), "A", "OutputPath", "invalid_path"
    ),
    Wrong(
        "a_function_for_an_input_path",
        alone(passing(InputPath="States.UUID()")),
        "A",
        "InputPath",
        "invalid_path",
    ),
    Wrong(
        "a_result_path_of_many",
        alone(passing(ResultPath="$.a[*]")),
        "A",
        "ResultPath",
        "not_a_reference_path",
    ),
    Wrong(
        "a_result_path_far_below",
        alone(passing(ResultPath="$..a")),
        "A",
        "ResultPath",
        "not_a_reference_path",
    ),
    Wrong(
        "a_result_path_into_a_variable",
        alone(passing(ResultPath="$a")),
        "A",
        "ResultPath",
        "invalid_path",
    ),
    Wrong(
        "a_result_path_of_no_path",
        alone(passing(ResultPath="a")),
        "A",
        "ResultPath",
        "invalid_path",
    ),
    Wrong(
        "a_result_path_that_filters",
        alone(passing(ResultPath="$.a[?(@.b)]")),
        "A",
        "ResultPath",
        "not_a_reference_path",
    ),
    Wrong(
        "seconds_from_many",
        alone(wait(SecondsPath="$.a[0:2]")),
        "A",
        "SecondsPath",
        "not_a_reference_path",
    ),
    Wrong("seconds_from_null", alone(wait(SecondsPath=None)), "A", "SecondsPath", "wrong_type"),
    Wrong(
        "a_timeout_from_a_number",
        alone(task(TimeoutSecondsPath=5)),
        "A",
        "TimeoutSecondsPath",
        "wrong_type",
    ),
    Wrong(
        "items_from_many",
        alone(mapping(ItemsPath="$.a[-1]")),
        "A",
        "ItemsPath",
        "not_a_reference_path",
    ),
    Wrong(
        "an_error_of_a_path_and_a_text",
        alone({"Type": "Fail", "Error": "E", "ErrorPath": "$.e"}),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "a_cause_of_no_path",
        alone({"Type": "Fail", "CausePath": "e"}),
        "A",
        "CausePath",
        "invalid_path",
    ),
    Wrong(
        "a_cause_of_no_text",
        alone({"Type": "Fail", "CausePath": "States.MathAdd(1, 2)"}),
        "A",
        "CausePath",
        "invalid_path",
    ),
    Wrong(
        "an_error_that_is_a_number", alone({"Type": "Fail", "Error": 5}), "A", "Error", "wrong_type"
    ),
]

PARAMETERS = [
    Wrong("a_constant_for_a_path", given(x_="text"), "A", "Parameters.x.$", "invalid_path"),
    Wrong("a_number_for_a_path", given(x_=5), "A", "Parameters.x.$", "wrong_type"),
    Wrong(
        "a_path_deep_down",
        given(x=[{"y": [{"z.$": "z"}]}]),
        "A",
        "Parameters.x[0].y[0].z.$",
        "invalid_path",
    ),
    Wrong(
        "a_field_and_its_path",
        given(x=1, x_="$.x"),
        "A",
        "Parameters",
        "duplicate_after_evaluation",
    ),
    Wrong(
        "a_selector_that_is_a_text",
        alone(task(ResultSelector="$.x")),
        "A",
        "ResultSelector",
        "wrong_type",
    ),
    Wrong(
        "a_selector_of_no_path",
        alone(task(ResultSelector={"x.$": "x"})),
        "A",
        "ResultSelector.x.$",
        "invalid_path",
    ),
    Wrong(
        "an_unknown_function",
        given(x_="States.Shout($.x)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_function_in_small_letters",
        given(x_="States.format('a')"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_function_that_never_closes",
        given(x_="States.Array($.x"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_function_without_brackets",
        given(x_="States.UUID"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "more_after_a_function",
        given(x_="States.UUID() + 1"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "too_few_arguments",
        given(x_="States.Hash($.x)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "too_many_arguments", given(x_="States.UUID(1)"), "A", "Parameters.x.$", "invalid_intrinsic"
    ),
    Wrong(
        "no_argument_behind_a_comma",
        given(x_="States.Array(1,)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "arguments_without_a_comma",
        given(x_="States.Array(1 2)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "an_argument_of_bare_words",
        given(x_="States.Array(word)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_text_that_never_ends",
        given(x_="States.Array('a)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_line_break_in_a_function",
        given(x_=r"States.Format('\n')"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "more_places_than_values",
        given(x_="States.Format('{} {}', $.a)"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "eleven_functions_in_each_other",
        given(x_="States.Array(" * 11 + ")" * 11),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
    Wrong(
        "a_wrong_function_within_a_good_one",
        given(x_="States.Array(States.Array(), States.No())"),
        "A",
        "Parameters.x.$",
        "invalid_intrinsic",
    ),
]

VARIABLES = [
    Wrong("variables_in_an_array", alone(passing(Assign=[])), "A", "Assign", "wrong_type"),
    Wrong(
        "the_reserved_variable",
        alone(passing(Assign={"states": 1})),
        "A",
        "Assign.states",
        "reserved_variable",
    ),
    Wrong(
        "a_variable_with_a_hyphen",
        alone(passing(Assign={"a-b": 1})),
        "A",
        "Assign.a-b",
        "invalid_variable_name",
    ),
    Wrong(
        "a_variable_that_begins_with_a_digit",
        alone(passing(Assign={"1a.$": "$"})),
        "A",
        "Assign.1a.$",
        "invalid_variable_name",
    ),
    Wrong(
        "a_variable_of_81_letters",
        alone(passing(Assign={"a" * 81: 1})),
        "A",
        "Assign." + "a" * 81,
        "invalid_variable_name",
    ),
    Wrong(
        "a_variable_of_no_path",
        alone(passing(Assign={"a.$": "b"})),
        "A",
        "Assign.a.$",
        "invalid_path",
    ),
    Wrong(
        "a_succeed_that_assigns",
        alone({"Type": "Succeed", "Assign": {}}),
        "A",
        "Assign",
        "unknown_field",
    ),
]

CASES = [*PATHS, *PARAMETERS, *VARIABLES]
