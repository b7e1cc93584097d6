"""Wrong: the rules of a Choice, the items of a Map."""

from typing import Any

from tests.unit.compiler.definitions.building import (
    READER,
    Json,
    Wrong,
    alone,
    beside,
    choice,
    distributed,
    jsonata,
    mapping,
    parallel,
    region,
    rule,
)

END = {"Type": "Succeed"}
NULL = {"Variable": "$.x", "IsNull": True}
CSV = {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"}
BUCKET = {"Bucket": "b"}
PUT = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": BUCKET}


def choosing(choices: Any) -> Json:
    return beside({"Type": "Choice", "Choices": choices, "Default": "B"})


def first(*rules: Any) -> Json:
    """These rules, and one more that leads to `B`."""
    return choice(*rules, rule(IsNull=True))


def joined(**fields: Any) -> Json:
    return first({**fields, "Next": "B"})


def condition(value: Any) -> Json:
    return {**choice({"Condition": value, "Next": "B"}), "QueryLanguage": "JSONata"}


def reader(**config: Any) -> Json:
    return alone(distributed(ItemReader={**READER, "ReaderConfig": config}))


def batcher(**fields: Any) -> Json:
    return alone(distributed(ItemBatcher=fields))


def writer(**fields: Any) -> Json:
    return alone(distributed(ResultWriter=fields))


RULES = [
    Wrong("no_choices", beside({"Type": "Choice", "Default": "B"}), "A", "", "missing_field"),
    Wrong("choices_in_an_object", choosing({}), "A", "Choices", "wrong_type"),
    Wrong("no_rule_at_all", choosing([]), "A", "Choices", "empty_array"),
    Wrong("a_rule_that_is_a_text", first("x"), "A", "Choices[0]", "wrong_type"),
    Wrong("a_rule_without_next", first(NULL), "A", "Choices[0]", "missing_field"),
    Wrong("a_rule_without_variable", joined(IsNull=True), "A", "Choices[0]", "missing_field"),
    Wrong("a_rule_without_comparison", first(rule()), "A", "Choices[0]", "not_one_comparison"),
    Wrong(
        "two_comparisons",
        first(rule(IsNull=True, IsString=True)),
        "A",
        "Choices[0]",
        "not_one_comparison",
    ),
    Wrong(
        "a_comparison_and_and", joined(And=[NULL], **NULL), "A", "Choices[0]", "not_one_comparison"
    ),
    Wrong(
        "a_variable_beside_and",
        joined(And=[NULL], Variable="$.x"),
        "A",
        "Choices[0].Variable",
        "unknown_field",
    ),
    Wrong(
        "an_unknown_comparison",
        first(rule(IsNull=True, StringIs="x")),
        "A",
        "Choices[0].StringIs",
        "unknown_field",
    ),
    Wrong(
        "a_compared_variable_of_no_path",
        choice(rule(Variable="x", IsNull=True)),
        "A",
        "Choices[0].Variable",
        "invalid_path",
    ),
    Wrong(
        "a_variable_of_many",
        choice(rule(Variable="$.x[*]", IsNull=True)),
        "A",
        "Choices[0].Variable",
        "not_a_reference_path",
    ),
    Wrong(
        "a_text_compared_with_a_number",
        choice(rule(StringEquals=5)),
        "A",
        "Choices[0].StringEquals",
        "wrong_type",
    ),
    Wrong(
        "a_number_compared_with_a_text",
        choice(rule(NumericLessThan="5")),
        "A",
        "Choices[0].NumericLessThan",
        "wrong_type",
    ),
    Wrong(
        "a_boolean_compared_with_a_text",
        choice(rule(BooleanEquals="true")),
        "A",
        "Choices[0].BooleanEquals",
        "wrong_type",
    ),
    Wrong("is_null_of_a_text", choice(rule(IsNull="yes")), "A", "Choices[0].IsNull", "wrong_type"),
    Wrong(
        "a_time_compared_with_words",
        choice(rule(TimestampEquals="noon")),
        "A",
        "Choices[0].TimestampEquals",
        "invalid_timestamp",
    ),
    Wrong(
        "a_comparison_with_no_path",
        choice(rule(StringEqualsPath="x")),
        "A",
        "Choices[0].StringEqualsPath",
        "invalid_path",
    ),
    Wrong("and_of_nothing", joined(And=[]), "A", "Choices[0].And", "empty_array"),
    Wrong("or_of_an_object", joined(Or=NULL), "A", "Choices[0].Or", "wrong_type"),
    Wrong("not_of_a_list", joined(Not=[NULL]), "A", "Choices[0].Not", "wrong_type"),
    Wrong(
        "a_nested_rule_that_leads_on",
        joined(And=[NULL, {**NULL, "Next": "B"}]),
        "A",
        "Choices[0].And[1].Next",
        "nested_next",
    ),
    Wrong(
        "a_nested_rule_of_nothing",
        joined(Not={"Or": [{"Not": {"Variable": "$.x"}}]}),
        "A",
        "Choices[0].Not.Or[0].Not",
        "not_one_comparison",
    ),
    Wrong(
        "a_condition_in_jsonpath",
        first({"Condition": "{% true %}", **rule(IsNull=True)}),
        "A",
        "Choices[0].Condition",
        "wrong_query_language",
    ),
    Wrong(
        "a_variable_in_jsonata",
        {**choice(rule(Condition="{% true %}")), "QueryLanguage": "JSONata"},
        "A",
        "Choices[0].Variable",
        "wrong_query_language",
    ),
    Wrong(
        "a_condition_that_is_a_text", condition("true"), "A", "Choices[0].Condition", "wrong_type"
    ),
    Wrong(
        "a_condition_that_breaks_off",
        condition("{% 1 = %}"),
        "A",
        "Choices[0].Condition",
        "invalid_jsonata",
    ),
]

MAPS = [
    Wrong(
        "fewer_at_once_than_none",
        alone(mapping(MaxConcurrency=-1)),
        "A",
        "MaxConcurrency",
        "out_of_range",
    ),
    Wrong(
        "how_many_at_once_twice",
        alone(mapping(MaxConcurrency=1, MaxConcurrencyPath="$.n")),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "more_than_100_per_cent",
        alone(mapping(ToleratedFailurePercentage=101)),
        "A",
        "ToleratedFailurePercentage",
        "out_of_range",
    ),
    Wrong(
        "failures_fewer_than_none",
        alone(mapping(ToleratedFailureCount=-1)),
        "A",
        "ToleratedFailureCount",
        "out_of_range",
    ),
    Wrong(
        "failures_twice",
        alone(mapping(ToleratedFailureCount=1, ToleratedFailureCountPath="$.n")),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "a_selector_and_parameters",
        alone(mapping(ItemSelector={}, Parameters={})),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "an_item_selector_of_no_path",
        alone(mapping(ItemSelector={"x.$": "x"})),
        "A",
        "ItemSelector.x.$",
        "invalid_path",
    ),
    Wrong("items_as_a_text", jsonata(mapping(Items="abc")), "A", "Items", "invalid_jsonata"),
    Wrong("a_map_with_branches", alone(mapping(Branches=[])), "A", "Branches", "unknown_field"),
    Wrong(
        "a_reader_as_a_text", alone(distributed(ItemReader="s3")), "A", "ItemReader", "wrong_type"
    ),
    Wrong(
        "a_reader_without_resource",
        alone(distributed(ItemReader={"Parameters": BUCKET})),
        "A",
        "ItemReader",
        "missing_field",
    ),
    Wrong(
        "a_key_that_is_a_number",
        alone(distributed(ItemReader={**READER, "Parameters": {**BUCKET, "Key": 5}})),
        "A",
        "ItemReader.Parameters.Key",
        "wrong_type",
    ),
    Wrong(
        "a_reader_that_writes",
        alone(distributed(ItemReader={**READER, "Resource": PUT["Resource"]})),
        "A",
        "ItemReader.Resource",
        "invalid_resource",
    ),
    Wrong(
        "a_reader_of_a_number",
        alone(distributed(ItemReader={**READER, "Resource": 5})),
        "A",
        "ItemReader.Resource",
        "wrong_type",
    ),
    Wrong(
        "a_reader_s_config_as_a_text",
        alone(distributed(ItemReader={**READER, "ReaderConfig": "JSON"})),
        "A",
        "ItemReader.ReaderConfig",
        "wrong_type",
    ),
    Wrong(
        "batches_as_a_number", alone(distributed(ItemBatcher=5)), "A", "ItemBatcher", "wrong_type"
    ),
    Wrong(
        "a_writer_as_a_text",
        alone(distributed(ResultWriter="s3")),
        "A",
        "ResultWriter",
        "wrong_type",
    ),
    Wrong("a_label_that_is_a_number", alone(distributed(Label=5)), "A", "Label", "wrong_type"),
    Wrong(
        "a_body_s_config_as_a_text",
        alone(mapping({**region(B=END), "ProcessorConfig": "INLINE"})),
        "A",
        "ItemProcessor.ProcessorConfig",
        "wrong_type",
    ),
    Wrong(
        "a_reader_of_xml",
        reader(InputType="XML"),
        "A",
        "ItemReader.ReaderConfig.InputType",
        "invalid_value",
    ),
    Wrong(
        "csv_without_header",
        reader(InputType="CSV"),
        "A",
        "ItemReader.ReaderConfig",
        "missing_field",
    ),
    Wrong(
        "a_given_header_that_is_not",
        reader(InputType="CSV", CSVHeaderLocation="GIVEN"),
        "A",
        "ItemReader.ReaderConfig",
        "missing_field",
    ),
    Wrong(
        "json_with_a_header",
        reader(InputType="JSON", CSVHeaderLocation="FIRST_ROW"),
        "A",
        "ItemReader.ReaderConfig.CSVHeaderLocation",
        "unknown_field",
    ),
    Wrong(
        "items_by_number_and_path",
        reader(MaxItems=1, MaxItemsPath="$.n", **CSV),
        "A",
        "ItemReader.ReaderConfig",
        "exclusive_fields",
    ),
    Wrong(
        "fewer_items_than_none",
        reader(MaxItems=-1, **CSV),
        "A",
        "ItemReader.ReaderConfig.MaxItems",
        "out_of_range",
    ),
    Wrong(
        "arguments_of_a_jsonpath_reader",
        alone(distributed(ItemReader={**READER, "Arguments": {}})),
        "A",
        "ItemReader.Arguments",
        "wrong_query_language",
    ),
    Wrong(
        "batches_of_nothing",
        batcher(MaxItemsPerBatch=0),
        "A",
        "ItemBatcher.MaxItemsPerBatch",
        "out_of_range",
    ),
    Wrong("batches_of_no_size", batcher(BatchInput={}), "A", "ItemBatcher", "missing_field"),
    Wrong(
        "batches_too_large",
        batcher(MaxInputBytesPerBatch=262_145),
        "A",
        "ItemBatcher.MaxInputBytesPerBatch",
        "out_of_range",
    ),
    Wrong(
        "batches_of_two_sizes",
        batcher(MaxItemsPerBatch=1, MaxItemsPerBatchPath="$.n"),
        "A",
        "ItemBatcher",
        "exclusive_fields",
    ),
    Wrong("a_writer_of_nothing", writer(), "A", "ResultWriter", "missing_field"),
    Wrong(
        "a_writer_that_reads",
        writer(**{**PUT, "Resource": READER["Resource"]}),
        "A",
        "ResultWriter.Resource",
        "invalid_resource",
    ),
    Wrong(
        "a_writer_to_nowhere",
        writer(Resource=PUT["Resource"]),
        "A",
        "ResultWriter",
        "missing_field",
    ),
    Wrong(
        "results_as_xml",
        writer(**PUT, WriterConfig={"OutputType": "XML"}),
        "A",
        "ResultWriter.WriterConfig.OutputType",
        "invalid_value",
    ),
    Wrong(
        "a_label_twice",
        alone(
            parallel(
                region(B=mapping(region(C=END), Label="l")),
                region(D=mapping(region(E=END), Label="l")),
            )
        ),
        "D",
        "Label",
        "duplicate_label",
    ),
]

CASES = [*RULES, *MAPS]
