"""Right: every type of state, with each of its fields somewhere."""

from tests.unit.compiler.definitions.building import (
    ACTIVITY,
    DISTRIBUTED,
    FUNCTION,
    READER,
    TOKEN,
    Right,
    alone,
    beside,
    call,
    caught,
    choice,
    distributed,
    given,
    machine,
    mapping,
    parallel,
    passing,
    region,
    retried,
    rule,
    task,
    wait,
)

END = {"Type": "Succeed"}
BUSY = {"ErrorEquals": ["Busy", "States.Timeout"]}
ALL = {"ErrorEquals": ["States.ALL"]}
EXPRESSION = "{% $states.input.x %}"
IN_OUT = {"InputPath": "$.in", "OutputPath": "$.out"}
LOOP = [rule(IsNull=False), {"Variable": "$.x", "IsNull": True, "Next": "A"}]

MACHINES = [
    Right("the_smallest", alone(END)),
    Right("all_fields", alone(END, Comment="c", Version="1.0", TimeoutSeconds=60)),
    Right("jsonpath_by_name", alone(passing(QueryLanguage="JSONPath"), QueryLanguage="JSONPath")),
    Right("a_name_of_80_characters", machine({"x" * 80: END})),
    Right("names_of_all_sorts", machine({"Läuft die Uhr? (1/2) {[*]}": END})),
    Right("a_loop_with_a_way_out", choice(*LOOP)),
]

STATES = [
    Right("a_pass", beside(passing(Result={"x.$": "no path"}, ResultPath="$.a.b", **IN_OUT))),
    Right("a_pass_without_input", alone(passing(InputPath=None, OutputPath=None, ResultPath=None))),
    Right("a_pass_of_a_text", alone(passing(Parameters="text"))),
    Right("a_wait_of_seconds", alone(wait(Seconds=0, Comment="c", **IN_OUT))),
    Right("a_wait_by_a_path", alone(wait(SecondsPath="$.wait['seconds']"))),
    Right("a_wait_until", alone(wait(Timestamp="2026-11-22T09:30:00Z"))),
    Right("a_wait_until_a_part_of_a_second", alone(wait(Timestamp="2028-02-29T23:59:59.5+01:00"))),
    Right("a_wait_until_a_path", alone(wait(TimestampPath="$$.Execution.StartTime"))),
    Right("a_succeed", alone({**END, **IN_OUT, "Comment": "c"})),
    Right("a_fail", alone({"Type": "Fail", "Error": "E", "Cause": "C", "Comment": "c"})),
    Right("a_fail_of_nothing", alone({"Type": "Fail"})),
    Right(
        "a_fail_by_paths",
        alone({"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}),
    ),
    Right("a_fail_of_the_context", alone({"Type": "Fail", "ErrorPath": "$$.State.Name"})),
    Right("a_parallel", machine({"A": parallel(region(B=END), region(C=passing()))})),
    Right(
        "all_fields_of_a_parallel",
        machine(
            {
                "A": parallel(
                    region(B=passing()) | {"Comment": "c"},
                    region(P=parallel(region(D=END))),
                    Parameters={"a.$": "$.a"},
                    ResultSelector={"b.$": "$[0]"},
                    ResultPath="$.r",
                    Retry=[ALL],
                    Catch=[ALL | {"Next": "F", "ResultPath": "$.e"}],
                    Assign={"x.$": "$[1]"},
                    **IN_OUT,
                ),
                "F": {"Type": "Fail"},
            }
        ),
    ),
]

TASKS = [
    Right("a_function", alone(task())),
    Right("a_version_of_a_function", alone(task(Resource=f"{FUNCTION}:$LATEST"))),
    Right("a_function_in_china", alone(task(Resource=FUNCTION.replace("aws", "aws-cn")))),
    Right(
        "a_function_in_another_cloud",
        alone(task(Resource=FUNCTION.replace("aws", "aws-iso-b"))),
        "asl-validator knows three partitions, and AWS has more",
    ),
    Right("a_function_yet_to_come", alone(task(Resource="${WorkFunctionArn}"))),
    Right("an_activity", alone(task(Resource=ACTIVITY, HeartbeatSeconds=5, TimeoutSeconds=60))),
    Right(
        "all_fields_of_a_task",
        caught(
            BUSY | {"Next": "B", "ResultPath": "$.error", "Comment": "c", "Assign": {"e.$": "$"}},
            ALL | {"Next": "B", "ResultPath": None},
            Comment="c",
            Parameters={"a.$": "$.a[*].b", "c": [{"d.$": "$$.Execution.Id"}], "e": None},
            ResultSelector={"x.$": "$.y"},
            ResultPath="$.r",
            Credentials={"RoleArn.$": "$.role"},
            TimeoutSecondsPath="$.timeout",
            HeartbeatSecondsPath="$.heartbeat",
            Assign={"kept": 1, "read.$": "$.y", "ünder_score2": []},
            Retry=[BUSY | {"MaxAttempts": 0}, ALL],
            **IN_OUT,
        ),
    ),
    Right(
        "all_fields_of_a_retrier",
        retried(
            IntervalSeconds=1,
            MaxAttempts=5,
            BackoffRate=1.5,
            MaxDelaySeconds=60,
            JitterStrategy="FULL",
            Comment="c",
        ),
    ),
    Right("no_retrier_at_all", alone(task(Retry=[], Catch=[]))),
    Right("errors_of_the_language", retried(ErrorEquals=["States.DataLimitExceeded"])),
    Right("errors_of_http", retried(ErrorEquals=["States.Http.StatusCode.404", "Lambda.Unknown"])),
    Right("what_cannot_be_caught", caught({"ErrorEquals": ["States.Runtime"], "Next": "B"})),
    Right("a_function_by_name", alone(call("lambda:invoke", {"FunctionName": "f"}))),
    Right("a_job", alone(call("glue:startJobRun.sync", {"JobName": "j"}))),
    Right("a_job_with_a_bar_in_its_name", alone(call("emr-serverless:startJobRun.sync", {}))),
    Right(
        "a_nested_execution", alone(call("states:startExecution.sync:2", {"StateMachineArn": "m"}))
    ),
    Right("an_http_call", alone(call("http:invoke", {"ApiEndpoint": "https://example.com"}))),
    Right(
        "a_callback",
        alone(call("lambda:invoke.waitForTaskToken", {"FunctionName": "f", "Payload": TOKEN})),
    ),
    Right(
        "a_token_in_a_text",
        alone(
            call(
                "sns:publish.waitForTaskToken",
                {"Message.$": "States.Format('{}', $$.Task.Token)"},
            )
        ),
    ),
    Right(
        "a_token_within_the_context",
        alone(
            call("sqs:sendMessage.waitForTaskToken", {"QueueUrl": "q", "MessageBody.$": "$$.Task"})
        ),
    ),
    Right("an_sdk_action", alone(call("aws-sdk:s3:listBuckets", {}))),
    Right("an_sdk_callback", alone(call("aws-sdk:sfn:startExecution.waitForTaskToken", TOKEN))),
]

PAYLOADS = [
    Right("a_variable", given(x_="$kept", y_="$kept.a[0]")),
    Right("the_whole_context", given(x_="$$")),
    Right("paths_of_all_sorts", given(a_="$..b", b_="$['a b']", c_="$.a[0:2]", d_="$.a[-1]")),
    Right("a_filter", given(x_="$.books[?(@.price < 10)].title")),
    Right("a_filter_with_a_text", given(x_="$.books[?(@.title == 'a (b)]')]")),
    Right(
        "a_length",
        given(x_="$.books.length()"),
        "asl-validator does not know the functions of JSONPath as Step Functions has it",
    ),
    Right(
        "an_array_of_nothing",
        given(x_="States.Array()"),
        "amazon-states-language-service wants an argument, and the function needs none",
    ),
    Right(
        "every_function",
        given(
            a_=r"States.Format('It\'s {} of {} \{\}', $.a, $.b)",
            b_="States.StringToJson($.a)",
            c_="States.JsonToString($.a)",
            d_="States.Array('x', 2020, $.a, null, true)",
            e_="States.ArrayPartition($.a, 4)",
            f_="States.ArrayContains($.a, 5)",
            g_="States.ArrayRange(1, 9, 2)",
            h_="States.ArrayGetItem($.a, 0)",
            i_="States.ArrayLength($.a)",
            j_="States.ArrayUnique($.a)",
            k_="States.Base64Encode($.a)",
            l_="States.Base64Decode($.a)",
            m_="States.Hash($.a, 'SHA-256')",
            n_="States.JsonMerge($.a, $.b, false)",
            o_="States.MathRandom(1, 9)",
            p_="States.MathRandom(1, 9, $.seed)",
            q_="States.MathAdd($.a, -1)",
            r_="States.StringSplit($.a, ',')",
            s_="States.UUID()",
        ),
    ),
    Right(
        "a_number_with_a_point_in_a_function",
        given(x_="States.Array(1.5)"),
        "asl-validator knows whole numbers alone there",
    ),
    Right("ten_functions_in_each_other", given(x_="States.Array(" * 9 + "States.UUID()" + ")" * 9)),
    Right("a_template_that_only_looks_like_one", given(**{"a.$b": "c", "$": "d"})),
]

CHOICES = [
    Right("a_choice", choice(rule(StringEquals="x", Comment="c", Assign={"y": 1}), Comment="c")),
    Right("a_choice_without_default", beside({"Type": "Choice", "Choices": [rule(IsNull=True)]})),
    Right("a_choice_of_paths", choice(rule(IsPresent=True), **IN_OUT, Assign={"a": 1})),
    Right(
        "every_comparison",
        choice(
            *(rule(**{f"String{how}": "x"}) for how in ("Equals", "LessThan", "GreaterThanEquals")),
            *(
                rule(**{f"Numeric{how}": 1.5})
                for how in ("Equals", "GreaterThan", "LessThanEquals")
            ),
            rule(TimestampLessThan="2026-11-22T09:30:00Z"),
            rule(TimestampEqualsPath="$.other"),
            rule(NumericEqualsPath="$.other"),
            rule(StringGreaterThanPath="$$.Execution.Name"),
            rule(BooleanEqualsPath="$flag"),
            rule(BooleanEquals=False),
            rule(StringMatches="*.txt"),
            *(rule(**{f"Is{kind}": True}) for kind in ("Null", "Numeric", "String", "Timestamp")),
            rule(IsBoolean=True),
        ),
    ),
    Right(
        "rules_in_rules",
        choice(
            {
                "Or": [
                    {"Not": {"Variable": "$.a", "IsNull": True, "Comment": "c"}},
                    {"And": [{"Variable": "$.b", "NumericEquals": 1}]},
                ],
                "Next": "B",
            }
        ),
    ),
]

MAPS = [
    Right("a_map", alone(mapping())),
    Right(
        "all_fields_of_a_map",
        machine(
            {
                "A": mapping(
                    {**region(B=passing()), "ProcessorConfig": {"Mode": "INLINE"}, "Comment": "c"},
                    ItemsPath="$.items",
                    ItemSelector={"i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value"},
                    MaxConcurrency=40,
                    ResultSelector={"all.$": "$"},
                    ResultPath="$.r",
                    Retry=[ALL],
                    Catch=[ALL | {"Next": "F"}],
                    Assign={"n.$": "States.ArrayLength($)"},
                    **IN_OUT,
                ),
                "F": {"Type": "Fail"},
            }
        ),
    ),
    Right(
        "a_map_as_it_once_was",
        alone(
            {
                "Type": "Map",
                "Iterator": region(B=passing()),
                "Parameters": {"v.$": "$$.Map.Item.Value"},
                "MaxConcurrencyPath": "$.n",
                "End": True,
            }
        ),
    ),
    Right("a_map_in_a_map", alone(mapping(region(B=mapping(region(C=passing())))))),
    Right(
        "a_distributed_map",
        alone(
            distributed(
                Label="Files",
                ItemReader={
                    "Resource": "arn:aws:states:::s3:listObjectsV2",
                    "Parameters": {"Bucket.$": "$.bucket", "Prefix": "p/"},
                },
                ItemBatcher={
                    "MaxItemsPerBatch": 10,
                    "MaxInputBytesPerBatch": 262_144,
                    "BatchInput": {"x.$": "$.x"},
                },
                ResultWriter={
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket": "b", "Prefix": "r"},
                    "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"},
                },
                MaxConcurrency=1000,
                ToleratedFailurePercentage=5,
                ToleratedFailureCountPath="$.failures",
            )
        ),
    ),
    Right(
        "a_map_over_csv",
        alone(
            distributed(
                ItemReader={
                    **READER,
                    "ReaderConfig": {
                        "InputType": "CSV",
                        "CSVHeaderLocation": "GIVEN",
                        "CSVHeaders": ["a", "b"],
                        "CSVDelimiter": "PIPE",
                        "MaxItemsPath": "$.most",
                    },
                },
                ItemBatcher={"MaxItemsPerBatchPath": "$.size"},
            )
        ),
    ),
    Right(
        "a_map_over_parquet",
        alone(distributed(ItemReader={**READER, "ReaderConfig": {"InputType": "PARQUET"}})),
        "amazon-states-language-service does not know PARQUET yet",
    ),
    Right(
        "a_map_that_only_forms_its_results",
        alone(distributed(ResultWriter={"WriterConfig": {"OutputType": "JSON"}})),
        "asl-validator wants a Resource, without which the results stay in the state's output",
    ),
    Right(
        "an_express_body",
        alone(
            mapping(
                {**region(B=task()), "ProcessorConfig": {**DISTRIBUTED, "ExecutionType": "EXPRESS"}}
            )
        ),
    ),
]

CASES = [*MACHINES, *STATES, *TASKS, *PAYLOADS, *CHOICES, *MAPS]
