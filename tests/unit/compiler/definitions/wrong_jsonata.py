"""Wrong: query languages that do not go together, and JSONata."""

from tests.unit.compiler.definitions.building import (
    Wrong,
    alone,
    expression,
    jsonata,
    mapping,
    passing,
    task,
)

CASES = [
    Wrong(
        "jsonpath_in_a_jsonata_machine",
        jsonata(passing(QueryLanguage="JSONPath")),
        "A",
        "QueryLanguage",
        "wrong_query_language",
    ),
    Wrong(
        "a_state_of_another_language",
        alone(passing(QueryLanguage="jsonata")),
        "A",
        "QueryLanguage",
        "invalid_value",
    ),
    Wrong(
        "parameters_in_jsonata",
        jsonata(passing(Parameters={})),
        "A",
        "Parameters",
        "wrong_query_language",
    ),
    Wrong("a_result_in_jsonata", jsonata(passing(Result=1)), "A", "Result", "wrong_query_language"),
    Wrong(
        "a_result_path_in_jsonata",
        jsonata(task(ResultPath="$")),
        "A",
        "ResultPath",
        "wrong_query_language",
    ),
    Wrong(
        "an_output_in_jsonpath", alone(passing(Output={})), "A", "Output", "wrong_query_language"
    ),
    Wrong(
        "arguments_in_jsonpath", alone(task(Arguments={})), "A", "Arguments", "wrong_query_language"
    ),
    Wrong("items_in_jsonpath", alone(mapping(Items=[])), "A", "Items", "wrong_query_language"),
    Wrong("arguments_of_a_pass", jsonata(passing(Arguments={})), "A", "Arguments", "unknown_field"),
    Wrong(
        "arguments_that_are_a_number", jsonata(task(Arguments=5)), "A", "Arguments", "wrong_type"
    ),
    Wrong(
        "arguments_that_are_a_text",
        jsonata(task(Arguments="x")),
        "A",
        "Arguments",
        "invalid_jsonata",
    ),
    Wrong(
        "a_timeout_of_words",
        jsonata(task(TimeoutSeconds="five")),
        "A",
        "TimeoutSeconds",
        "wrong_type",
    ),
    Wrong(
        "an_expression_that_never_ends",
        jsonata(passing(Output="{% 1 ")),
        "A",
        "Output",
        "invalid_jsonata",
    ),
    Wrong(
        "an_expression_that_never_begins",
        jsonata(passing(Output="1 %}")),
        "A",
        "Output",
        "invalid_jsonata",
    ),
    Wrong("an_empty_expression", expression(""), "A", "Output.x", "invalid_jsonata"),
    Wrong("an_expression_that_breaks_off", expression("1 +"), "A", "Output.x", "invalid_jsonata"),
    Wrong("a_bracket_too_many", expression("(1 + 2))"), "A", "Output.x", "invalid_jsonata"),
    Wrong("a_bracket_too_few", expression("[1, 2"), "A", "Output.x", "invalid_jsonata"),
    Wrong(
        "an_expression_s_text_without_end", expression("'abc"), "A", "Output.x", "invalid_jsonata"
    ),
    Wrong("a_bad_escape", expression(r"'\x'"), "A", "Output.x", "invalid_jsonata"),
    Wrong("an_object_without_value", expression('{"a":}'), "A", "Output.x", "invalid_jsonata"),
    Wrong("two_expressions_in_a_row", expression("1 2"), "A", "Output.x", "invalid_jsonata"),
    Wrong(
        "an_assignment_to_a_name",
        expression("($states.input.a := 1)"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong("a_number_as_a_step", expression("$states.input.1"), "A", "Output.x", "invalid_jsonata"),
    Wrong("a_comment_without_end", expression("1 /* one"), "A", "Output.x", "invalid_jsonata"),
    Wrong("an_operator_that_is_none", expression("1 ! 2"), "A", "Output.x", "invalid_jsonata"),
    Wrong(
        "a_pattern_without_end",
        expression("$match($states.input, /a)"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_parameter_of_a_function_that_is_a_number",
        expression("function(1){2}"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong("a_name_at_the_top", expression("phone"), "A", "Output.x", "invalid_jsonata"),
    Wrong(
        "the_root_of_what_is_not_there", expression("$$.phone"), "A", "Output.x", "invalid_jsonata"
    ),
    Wrong(
        "an_expression_nested_too_deep",
        expression("(" * 500 + "1" + ")" * 500),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "an_expression_deep_down",
        jsonata(passing(Output=[{"a": ["{% 1 + %}"]}])),
        "A",
        "Output[0].a[0]",
        "invalid_jsonata",
    ),
    Wrong(
        "variables_by_an_expression",
        jsonata(passing(Assign="{% $x %}")),
        "A",
        "Assign",
        "wrong_type",
    ),
    Wrong(
        "a_grouping_of_a_grouping",
        expression("$states.input{'a': 1}{'b': 2}"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_filter_behind_a_grouping",
        expression("$x{'a': 1}[0]"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_focus_behind_a_filter",
        expression("$states.input.a[0]@$x.b"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_focus_that_is_a_name",
        expression("$states.input.a@b"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_position_that_is_a_name",
        expression("$states.input.a#b"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong("a_number_beyond_doubles", expression("1e999"), "A", "Output.x", "invalid_jsonata"),
    Wrong(
        "a_signature_without_end",
        expression("function($x)<n{1}"),
        "A",
        "Output.x",
        "invalid_jsonata",
    ),
    Wrong(
        "a_range_of_a_name_at_the_top", expression("[1..most]"), "A", "Output.x", "invalid_jsonata"
    ),
    Wrong("the_parent_of_nothing", expression("%"), "A", "Output.x", "invalid_jsonata"),
    Wrong("an_empty_pattern", expression("$match($x, //)"), "A", "Output.x", "invalid_jsonata"),
]
