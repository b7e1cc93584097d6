"""Wrong: tasks, what they call, how long they may take, what becomes of their failures."""

from tests.unit.compiler.definitions.building import (
    ACTIVITY,
    TOKEN,
    Wrong,
    alone,
    call,
    caught,
    jsonata,
    machine,
    passing,
    retried,
    task,
    wait,
)

ALL = {"ErrorEquals": ["States.ALL"]}
BUSY = {"ErrorEquals": ["Busy"]}
LEADS = {"Next": "B"}

RESOURCES = [
    Wrong("no_resource", alone({"Type": "Task", "End": True}), "A", "", "missing_field"),
    Wrong("a_resource_of_no_text", alone(task(Resource={})), "A", "Resource", "wrong_type"),
    Wrong("no_arn", alone(task(Resource="work")), "A", "Resource", "invalid_resource"),
    Wrong(
        "an_arn_of_a_bucket",
        alone(task(Resource="arn:aws:s3:::bucket")),
        "A",
        "Resource",
        "invalid_resource",
    ),
    Wrong(
        "an_arn_of_a_machine",
        alone(task(Resource=ACTIVITY.replace("activity", "stateMachine"))),
        "A",
        "Resource",
        "invalid_resource",
    ),
    Wrong("an_unknown_service", alone(call("fax:send", {})), "A", "Resource", "unknown_service"),
    Wrong("an_unknown_call", alone(call("sns:shout", {})), "A", "Resource", "unknown_action"),
    Wrong(
        "a_job_of_what_has_none",
        alone(call("lambda:invoke.sync", {"FunctionName": "f"})),
        "A",
        "Resource",
        "unsupported_pattern",
    ),
    Wrong(
        "a_token_for_what_never_answers",
        alone(call("glue:startJobRun.waitForTaskToken", {"JobName": "j", **TOKEN})),
        "A",
        "Resource",
        "unsupported_pattern",
    ),
    Wrong(
        "a_second_version_of_what_has_one",
        alone(call("batch:submitJob.sync:2", {})),
        "A",
        "Resource",
        "unsupported_pattern",
    ),
    Wrong(
        "an_unknown_pattern",
        alone(call("sns:publish.async", {"Message": "m"})),
        "A",
        "Resource",
        "invalid_resource",
    ),
    Wrong(
        "an_integration_without_parameters",
        alone(task(Resource="arn:aws:states:::dynamodb:getItem")),
        "A",
        "",
        "missing_field",
    ),
    Wrong(
        "an_integration_given_a_list",
        alone(call("sns:publish", [])),
        "A",
        "Parameters",
        "wrong_type",
    ),
    Wrong(
        "a_message_without_queue",
        alone(call("sqs:sendMessage", {"MessageBody": "m"})),
        "A",
        "Parameters",
        "missing_parameter",
    ),
    Wrong(
        "an_sdk_action_in_capitals",
        alone(call("aws-sdk:s3:ListBuckets", {})),
        "A",
        "Resource",
        "unknown_action",
    ),
    Wrong(
        "an_sdk_service_in_capitals",
        alone(call("aws-sdk:S3:listBuckets", {})),
        "A",
        "Resource",
        "unknown_action",
    ),
    Wrong(
        "an_unknown_sdk_action",
        alone(call("aws-sdk:s3:listBuckts", {})),
        "A",
        "Resource",
        "unknown_action",
    ),
    Wrong(
        "an_unknown_sdk_service",
        alone(call("aws-sdk:s4:listBuckets", {})),
        "A",
        "Resource",
        "unknown_service",
    ),
    Wrong(
        "a_job_of_an_sdk",
        alone(call("aws-sdk:glue:startJobRun.sync", {})),
        "A",
        "Resource",
        "unsupported_pattern",
    ),
    Wrong(
        "no_task_token",
        alone(call("lambda:invoke.waitForTaskToken", {"FunctionName": "f", "Payload.$": "$"})),
        "A",
        "Parameters",
        "missing_task_token",
    ),
    Wrong(
        "a_task_token_as_a_constant",
        alone(
            call(
                "sqs:sendMessage.waitForTaskToken",
                {"QueueUrl": "q", "MessageBody": {"token": "$$.Task.Token"}},
            )
        ),
        "A",
        "Parameters",
        "missing_task_token",
    ),
    Wrong(
        "another_part_of_the_context_for_a_token",
        alone(
            call("sns:publish.waitForTaskToken", {"Message": {"id.$": "$$.Task.TokenOfMine"}}),
        ),
        "A",
        "Parameters",
        "missing_task_token",
    ),
    Wrong(
        "no_task_token_in_arguments",
        jsonata(
            {
                **passing(Type="Task", Resource="arn:aws:states:::sns:publish.waitForTaskToken"),
                "Arguments": {"Message": "{% $states.context.Execution.Id %}"},
            }
        ),
        "A",
        "Arguments",
        "missing_task_token",
    ),
    Wrong(
        "credentials_of_no_one", alone(task(Credentials={})), "A", "Credentials", "missing_field"
    ),
    Wrong("credentials_as_a_text", alone(task(Credentials="x")), "A", "Credentials", "wrong_type"),
    Wrong(
        "credentials_for_an_activity",
        alone(task(Resource=ACTIVITY, Credentials={"RoleArn": "arn:aws:iam::1:role/r"})),
        "A",
        "Credentials",
        "unknown_field",
    ),
]

TIMES = [
    Wrong(
        "no_time_for_a_task", alone(task(TimeoutSeconds=0)), "A", "TimeoutSeconds", "out_of_range"
    ),
    Wrong("a_time_below_0", alone(task(TimeoutSeconds=-5)), "A", "TimeoutSeconds", "out_of_range"),
    Wrong(
        "a_timeout_as_a_text", alone(task(TimeoutSeconds="5")), "A", "TimeoutSeconds", "wrong_type"
    ),
    Wrong(
        "a_timeout_and_its_path",
        alone(task(TimeoutSeconds=5, TimeoutSecondsPath="$.x")),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "a_heartbeat_and_its_path",
        alone(task(HeartbeatSeconds=5, HeartbeatSecondsPath="$.x")),
        "A",
        "",
        "exclusive_fields",
    ),
    Wrong(
        "a_heartbeat_as_slow_as_the_timeout",
        alone(task(TimeoutSeconds=5, HeartbeatSeconds=5)),
        "A",
        "HeartbeatSeconds",
        "heartbeat_not_below_timeout",
    ),
    Wrong(
        "a_pass_with_a_timeout",
        alone(passing(TimeoutSeconds=5)),
        "A",
        "TimeoutSeconds",
        "unknown_field",
    ),
    Wrong("a_wait_for_nothing", alone(wait()), "A", "", "missing_field"),
    Wrong("a_wait_for_two", alone(wait(Seconds=1, SecondsPath="$.s")), "A", "", "exclusive_fields"),
    Wrong("a_wait_of_less_than_0", alone(wait(Seconds=-1)), "A", "Seconds", "out_of_range"),
    Wrong("a_wait_of_half_a_second", alone(wait(Seconds=0.5)), "A", "Seconds", "wrong_type"),
    Wrong("a_wait_of_5_and_nothing", alone(wait(Seconds=5.0)), "A", "Seconds", "wrong_type"),
    Wrong("a_wait_of_a_text", alone(wait(Seconds="10")), "A", "Seconds", "wrong_type"),
    Wrong("a_wait_of_decades", alone(wait(Seconds=10**9)), "A", "Seconds", "out_of_range"),
    Wrong(
        "a_day_alone", alone(wait(Timestamp="2026-11-22")), "A", "Timestamp", "invalid_timestamp"
    ),
    Wrong(
        "a_time_of_no_zone",
        alone(wait(Timestamp="2026-11-22T09:30:00")),
        "A",
        "Timestamp",
        "invalid_timestamp",
    ),
    Wrong(
        "a_time_with_a_space",
        alone(wait(Timestamp="2026-11-22 09:30:00Z")),
        "A",
        "Timestamp",
        "invalid_timestamp",
    ),
    Wrong(
        "the_thirtieth_of_february",
        alone(wait(Timestamp="2026-02-30T09:30:00Z")),
        "A",
        "Timestamp",
        "invalid_timestamp",
    ),
    Wrong("a_time_in_seconds", alone(wait(Timestamp=1)), "A", "Timestamp", "wrong_type"),
]

RETRIES = [
    Wrong("retriers_in_an_object", alone(task(Retry={})), "A", "Retry", "wrong_type"),
    Wrong("a_retrier_that_is_a_text", alone(task(Retry=["x"])), "A", "Retry[0]", "wrong_type"),
    Wrong("a_retrier_of_nothing", alone(task(Retry=[{}])), "A", "Retry[0]", "missing_field"),
    Wrong("no_error_at_all", retried(ErrorEquals=[]), "A", "Retry[0].ErrorEquals", "empty_array"),
    Wrong("an_error_alone", retried(ErrorEquals="Busy"), "A", "Retry[0].ErrorEquals", "wrong_type"),
    Wrong(
        "an_error_of_no_text",
        retried(ErrorEquals=[5]),
        "A",
        "Retry[0].ErrorEquals[0]",
        "wrong_type",
    ),
    Wrong(
        "an_error_misspelled",
        retried(ErrorEquals=["States.Timout"]),
        "A",
        "Retry[0].ErrorEquals[0]",
        "unknown_error_name",
    ),
    Wrong(
        "all_errors_and_one",
        retried(ErrorEquals=["States.ALL", "Busy"]),
        "A",
        "Retry[0].ErrorEquals",
        "states_all_not_last",
    ),
    Wrong(
        "all_errors_before_others",
        alone(task(Retry=[ALL, BUSY])),
        "A",
        "Retry[0].ErrorEquals",
        "states_all_not_last",
    ),
    Wrong(
        "a_retry_of_what_is_never_retried",
        retried(ErrorEquals=["States.Runtime"]),
        "A",
        "Retry[0].ErrorEquals",
        "never_retried",
    ),
    Wrong(
        "an_interval_of_nothing",
        retried(IntervalSeconds=0),
        "A",
        "Retry[0].IntervalSeconds",
        "out_of_range",
    ),
    Wrong(
        "an_interval_of_a_half",
        retried(IntervalSeconds=1.5),
        "A",
        "Retry[0].IntervalSeconds",
        "wrong_type",
    ),
    Wrong(
        "fewer_attempts_than_none",
        retried(MaxAttempts=-1),
        "A",
        "Retry[0].MaxAttempts",
        "out_of_range",
    ),
    Wrong(
        "too_many_attempts", retried(MaxAttempts=10**8), "A", "Retry[0].MaxAttempts", "out_of_range"
    ),
    Wrong("a_rate_below_1", retried(BackoffRate=0.5), "A", "Retry[0].BackoffRate", "out_of_range"),
    Wrong("a_rate_as_a_text", retried(BackoffRate="2"), "A", "Retry[0].BackoffRate", "wrong_type"),
    Wrong(
        "a_longest_delay_of_a_year",
        retried(MaxDelaySeconds=31_622_401),
        "A",
        "Retry[0].MaxDelaySeconds",
        "out_of_range",
    ),
    Wrong(
        "a_longest_delay_below_the_first",
        retried(IntervalSeconds=9, MaxDelaySeconds=5),
        "A",
        "Retry[0].MaxDelaySeconds",
        "out_of_range",
    ),
    Wrong(
        "some_jitter",
        retried(JitterStrategy="SOME"),
        "A",
        "Retry[0].JitterStrategy",
        "invalid_value",
    ),
    Wrong("a_retrier_with_next", retried(Next="A"), "A", "Retry[0].Next", "unknown_field"),
    Wrong("a_pass_that_retries", alone(passing(Retry=[ALL])), "A", "Retry", "unknown_field"),
    Wrong("catchers_in_an_object", alone(task(Catch={})), "A", "Catch", "wrong_type"),
    Wrong("a_catcher_without_next", caught(BUSY, BUSY | LEADS), "A", "Catch[0]", "missing_field"),
    Wrong("a_catcher_without_errors", caught(LEADS), "A", "Catch[0]", "missing_field"),
    Wrong(
        "all_errors_caught_first",
        caught(ALL | LEADS, BUSY | LEADS),
        "A",
        "Catch[0].ErrorEquals",
        "states_all_not_last",
    ),
    Wrong(
        "a_catcher_that_retries",
        caught(BUSY | LEADS | {"MaxAttempts": 2}),
        "A",
        "Catch[0].MaxAttempts",
        "unknown_field",
    ),
    Wrong(
        "a_catcher_into_the_context",
        caught(BUSY | LEADS | {"ResultPath": "$$.x"}),
        "A",
        "Catch[0].ResultPath",
        "invalid_path",
    ),
    Wrong(
        "a_catcher_with_an_output",
        caught(BUSY | LEADS | {"Output": {}}),
        "A",
        "Catch[0].Output",
        "wrong_query_language",
    ),
    Wrong(
        "a_jsonata_catcher_with_a_path",
        machine(
            {"A": task(Catch=[BUSY | LEADS | {"ResultPath": None}]), "B": {"Type": "Fail"}},
            QueryLanguage="JSONata",
        ),
        "A",
        "Catch[0].ResultPath",
        "wrong_query_language",
    ),
]

CASES = [*RESOURCES, *TIMES, *RETRIES]
