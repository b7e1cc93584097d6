"""Right: JSONata, in every type of state, and its expressions."""

from tests.unit.compiler.definitions.building import (
    READER,
    Right,
    alone,
    choice,
    distributed,
    expression,
    jsonata,
    machine,
    mapping,
    parallel,
    passing,
    region,
    task,
    wait,
)

END = {"Type": "Succeed"}
ALL = {"ErrorEquals": ["States.ALL"]}
EXPRESSION = "{% $states.input.x %}"

JSONATA = [
    Right(
        "a_jsonata_pass",
        jsonata(passing(Output={"x": EXPRESSION, "y": 1}, Assign={"z": EXPRESSION})),
    ),
    Right("a_jsonata_state_alone", alone(passing(QueryLanguage="JSONata", Output=EXPRESSION))),
    Right(
        "a_jsonata_output_of_a_number",
        jsonata(passing(Output=5)),
        "asl-validator takes an object or an expression, and Output is any JSON",
    ),
    Right("a_jsonata_text", jsonata(passing(Output={"x": "100 %"}))),
    Right(
        "a_jsonata_task",
        machine(
            {
                "A": {
                    "Type": "Task",
                    "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Arguments": {
                        "FunctionName": "f",
                        "Payload": {"token": "{% $states.context.Task.Token %}"},
                    },
                    "Credentials": {"RoleArn": EXPRESSION},
                    "TimeoutSeconds": EXPRESSION,
                    "HeartbeatSeconds": 5,
                    "Output": "{% $states.result.Payload %}",
                    "Assign": {"x": "{% $states.result %}"},
                    "Retry": [ALL],
                    "Catch": [
                        ALL
                        | {
                            "Next": "F",
                            "Output": {"e": "{% $states.errorOutput %}"},
                            "Assign": {"y": 1},
                        }
                    ],
                    "End": True,
                },
                "F": {"Type": "Fail", "Error": "{% $y %}", "Cause": "C"},
            },
            QueryLanguage="JSONata",
        ),
    ),
    Right("jsonata_arguments_as_one", jsonata(task(Arguments=EXPRESSION))),
    Right("a_jsonata_wait", jsonata(wait(Seconds=EXPRESSION))),
    Right("a_jsonata_wait_until", jsonata(wait(Timestamp=EXPRESSION))),
    Right("a_jsonata_succeed", jsonata({**END, "Output": {"x": EXPRESSION}})),
    Right(
        "a_jsonata_choice",
        choice({"Condition": EXPRESSION, "Next": "B", "Assign": {"x": 1}, "Comment": "c"})
        | {"QueryLanguage": "JSONata"},
    ),
    Right(
        "a_jsonata_parallel",
        jsonata(parallel(region(B=passing(Output=EXPRESSION)), Arguments={"x": EXPRESSION})),
    ),
    Right(
        "a_jsonata_map",
        jsonata(
            distributed(
                ItemSelector={"v": "{% $states.context.Map.Item.Value %}"},
                ItemReader={
                    "Resource": READER["Resource"],
                    "ReaderConfig": {"InputType": "JSON", "MaxItems": EXPRESSION},
                    "Arguments": {"Bucket": EXPRESSION, "Key": "k"},
                },
                ItemBatcher={"MaxItemsPerBatch": EXPRESSION, "BatchInput": {"x": EXPRESSION}},
                ResultWriter={
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Arguments": {"Bucket": EXPRESSION},
                },
                MaxConcurrency=EXPRESSION,
                ToleratedFailureCount=EXPRESSION,
                Output={"n": "{% $count($states.result) %}"},
            )
        ),
    ),
    Right("jsonata_items", jsonata(mapping(Items=EXPRESSION))),
    Right("jsonata_items_in_a_list", jsonata(mapping(Items=[1, EXPRESSION]))),
    Right("a_jsonata_map_of_jsonpath_states", alone(mapping(QueryLanguage="JSONata", Items=[1]))),
]

EXPRESSIONS = [
    Right(f"expression_{number}", expression(text))
    for number, text in enumerate(
        (
            "$states.input.a.b[0].c",
            "$states.input.items[price > 5 and qty <= 3].name",
            "$map($states.input.items, function($v, $i) { $v.price * $i })",
            "($x := 1; $y := $x + 1; $x & ' of ' & $y)",
            "$states.input{kind: $sum(price)}",
            "$states.input.items^(>price, <name)",
            "$match($states.input.text, /ab+c[/]\\\\/i)",
            "[1..5, -3.5e2, true, null, 'it', \"a\\\\u0041\"]",
            "$states.input.`a name`.**.*",
            "$exists($x) ? $x : $states.input.x ?: 5",
            "$states.input ~> | $ | {'a': 1}, ['b'] | ~> $string",
            "/* why */ $states.input.x in [1, 2] or $x.and.or.in",
            "$f(?, 2)",
            "function($x)<n:n>{ $x }(3)",
            "$states.input.a@$i#$n.b",
            "$states.input.items.{'n': name, 'p': %.x}",
            "$states.input.a[].b^(<c, d, >e)",
            "[[], {}, (), ($x; $y;)]",
            "$x ? -$y",
            "$states.input{'a': b}.c",
            "$states.input ~> |a|{'b': 1}|",
            "$x ?? $y != null",
            "$x := $y := 1",
            "$map($x, $f(?, [1]))",
        ),
        start=1,
    )
]
SPACES = [
    Right("an_expression_without_blanks", jsonata(passing(Output={"x": "{%$x%}"}))),
    Right(
        "an_expression_on_two_lines",
        jsonata(passing(Output="{% $x +\n 1 %}")),
        "asl-validator wants one line",
    ),
]

CASES = [*JSONATA, *EXPRESSIONS, *SPACES]
