"""Intrinsic functions, and what becomes of their misuse."""

import re
from typing import Any

import pytest

from strata.local.platform import LocalPlatform
from tests.unit.local.conftest import Engine
from tests.unit.local.machine import catcher, chain, of_states, task
from tests.unit.local.test_definition import of_state, refusal

GIVEN = {
    "name": "Ada",
    "n": 3,
    "list": [1, 2, 3, 1],
    "object": {"a": 1, "b": [True, None]},
    "json": '{"x": [1, "ä"]}',
    "template": "{} and {}",
    "text": "a,b;c,,d",
    "brace": "}",
}

GIVE = [
    ("States.Format('{}-1', $.name)", "Ada-1"),
    ("States.Format('{} {} {} {}', $.n, 2.5, true, null)", "3 2.5 true null"),
    ("States.Format('{}', $.object)", "{a=1, b=[true, null]}"),
    ("States.Format($.template, 'x', $.name)", "x and Ada"),
    (r"States.Format('\{{}\} it\'s \\', 1)", "{1} it's \\"),
    ("States.Format('nothing')", "nothing"),
    ("States.Format('{}', $$.Execution.Name)", "execution"),
    ("States.Format('{}',States.Format('{}{}',$.n,$['n']))", "33"),
    ("States.Array(1, 'a', $.name, States.Array())", [1, "a", "Ada", []]),
    ("States.ArrayPartition($.list, 3)", [[1, 2, 3], [1]]),
    ("States.ArrayPartition(States.Array(), 3)", []),
    ("States.ArrayContains($.list, 2)", True),
    ("States.ArrayContains($.list, '2')", False),
    ("States.ArrayContains($.list, true)", False),
    ("States.ArrayContains(States.Array($.object), $.object)", True),
    ("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9]),
    ("States.ArrayRange(5, 1, -2)", [5, 3, 1]),
    ("States.ArrayRange(2, 1, 1)", []),
    ("States.ArrayGetItem($.list, 2)", 3),
    ("States.ArrayLength($.list)", 4),
    ("States.ArrayUnique($.list)", [1, 2, 3]),
    ("States.ArrayUnique(States.Array(2, 1, true, '1', 2, 1))", [2, 1, True, "1"]),
    ("States.Base64Encode('Schöne Daten')", "U2Now7ZuZSBEYXRlbg=="),
    ("States.Base64Decode('U2Now7ZuZSBEYXRlbg==')", "Schöne Daten"),
    ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    ("States.Hash('', 'MD5')", "d41d8cd98f00b204e9800998ecf8427e"),
    (
        "States.Hash(States.Array(1), 'SHA-256')",
        "080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22",
    ),
    (
        "States.JsonMerge($.object, States.StringToJson($.json), false)",
        {"a": 1, "b": [True, None], "x": [1, "ä"]},
    ),
    ("States.StringToJson($.json)", {"x": [1, "ä"]}),
    ("States.StringToJson('')", None),
    ("States.JsonToString($.object)", '{"a":1,"b":[true,null]}'),
    ("States.MathAdd($.n, -5)", -2),
    ("States.MathAdd(1.4, 1)", 2),
    ("States.StringSplit($.text, ',')", ["a", "b;c", "d"]),
    ("States.StringSplit($.text, ';,')", ["a", "b", "c", "d"]),
    ("States.StringSplit('', ',')", []),
]


def passing(call: str) -> str:
    return chain({"Type": "Pass", "Parameters": {"x.$": call}})


@pytest.mark.parametrize(("call", "expected"), GIVE, ids=[call for call, _ in GIVE])
def test_a_function_gives_what_it_gives_on_aws(engine: Engine, call: str, expected: Any) -> None:
    assert engine.run(passing(call), GIVEN).output == {"x": expected}


@pytest.mark.parametrize(
    "call",
    [
        "States.Format($.template, 1)",
        "States.Format($.template, 1, 2, 3)",
        "States.Format($.brace)",
        "States.Format($.n)",
        "States.ArrayPartition($.list, 0)",
        "States.ArrayPartition($.name, 1)",
        "States.ArrayPartition($.list, 'x')",
        "States.ArrayPartition($.list, true)",
        "States.ArrayContains($.name, 1)",
        "States.ArrayRange(1, 1001, 1)",
        "States.ArrayRange(1, 9, 0)",
        "States.ArrayGetItem($.list, 4)",
        "States.ArrayGetItem($.list, -1)",
        "States.ArrayLength($.n)",
        "States.Base64Encode($.n)",
        "States.Base64Decode('?')",
        "States.Base64Decode('/w==')",
        "States.Hash('x', 'SHA-3')",
        "States.JsonMerge($.object, $.object, true)",
        "States.JsonMerge($.object, $.list, false)",
        "States.StringToJson('{')",
        "States.StringToJson('NaN')",
        "States.StringToJson(0)",
        "States.MathAdd('1', 1)",
        "States.MathRandom(3, 3)",
        "States.StringSplit($.text, 1)",
        "States.StringSplit($.n, ',')",
    ],
)
def test_arguments_that_a_function_does_not_take_are_an_intrinsic_failure(
    engine: Engine, call: str
) -> None:
    failure = engine.run(passing(call), GIVEN).failure
    assert failure is not None
    assert failure.error == "States.IntrinsicFailure"
    assert failure.cause.startswith(call.partition("(")[0])


@pytest.mark.parametrize("name", ["Base64Encode", "Base64Decode", "Hash"])
def test_long_texts_are_neither_encoded_nor_hashed(engine: Engine, name: str) -> None:
    more = ", 'MD5'" if name == "Hash" else ""
    failure = engine.run(passing(f"States.{name}($.text{more})"), {"text": "a" * 10_001}).failure
    assert failure is not None
    assert failure.error == "States.IntrinsicFailure"


def test_an_intrinsic_failure_of_a_task_can_be_caught(engine: Engine) -> None:
    state = task("n") | {"Parameters": {"node": "n", "x.$": "States.MathAdd('1', 1)"}}
    machine = {"S": {**state, "Catch": [catcher("T")], "End": True}, "T": {"Type": "Succeed"}}
    assert engine.run(of_states(machine)).output["Error"] == "States.IntrinsicFailure"


def test_a_path_to_nothing_within_a_call_is_a_runtime_error(engine: Engine) -> None:
    failure = engine.run(passing("States.Format('{}', $.absent)"), GIVEN).failure
    assert failure is not None
    assert failure.error == "States.Runtime"


def test_every_uuid_is_another_one(engine: Engine) -> None:
    state = {"Type": "Pass", "Parameters": {"a.$": "States.UUID()", "b.$": "States.UUID()"}}
    found = engine.run(chain(state)).output
    assert found["a"] != found["b"]
    assert all(re.fullmatch(r"[0-9a-f]{8}-[0-9a-f-]{27}", one) for one in found.values())


def test_random_numbers_lie_from_the_start_to_below_the_end(engine: Engine) -> None:
    calls = {f"{at}.$": "States.MathRandom(1, 4)" for at in range(100)}
    found = engine.run(chain({"Type": "Pass", "Parameters": calls})).output
    assert set(found.values()) == {1, 2, 3}


def test_a_seed_gives_the_same_random_number(engine: Engine) -> None:
    calls = {f"{at}.$": "States.MathRandom(1, 1000000, 7)" for at in range(5)}
    found = engine.run(chain({"Type": "Pass", "Parameters": calls})).output
    assert len(set(found.values())) == 1


def deep(depth: int) -> str:
    return "States.Array(" * depth + ")" * depth


def test_calls_nest_ten_deep(engine: Engine) -> None:
    found = engine.run(passing(deep(10))).output["x"]
    for _ in range(9):
        (found,) = found
    assert found == []
    assert "The value for the field 'x.$'" in refusal(passing(deep(11)))


@pytest.mark.parametrize(
    "call",
    [
        "States.",
        "States.Dance()",
        "States.Format",
        "States.Format(",
        "States.Format('x'",
        "States.Format('x)",
        "States.Format('x',)",
        "States.Format('x' 'y')",
        "States.Format('x') more",
        "States.Format()",
        "States.UUID(1)",
        "States.ArrayLength($.a, $.b)",
        "States.ArrayLength(a)",
        "States.ArrayLength($.a[*])",
        "States.MathAdd(1)",
        "States.MathAdd(01, 1)",
        "States.Format('{}')",
        "States.Format('{}', 1, 2)",
        "States.Format('{', 1)",
        "States.Format('}', 1)",
        r"States.Format('\n')",
        'States.Array("x")',
        "states.Array()",
        " States.Array()",
    ],
)
def test_a_malformed_call_is_refused(call: str) -> None:
    assert "The value for the field 'x.$' must be a valid JSONPath" in refusal(passing(call))


def test_a_call_stands_only_where_values_are_made() -> None:
    assert "Reference Path" in refusal(of_state(Type="Pass", InputPath="States.UUID()"))


def test_the_error_of_a_fail_may_be_made_by_a_call(engine: Engine) -> None:
    state = {"Type": "Fail", "ErrorPath": "States.Format('E{}', $.n)", "CausePath": "$.name"}
    failure = engine.run(chain(state), GIVEN).failure
    assert failure is not None
    assert failure.output == {"Error": "E3", "Cause": "Ada"}


def test_what_calls_make_is_measured(local: LocalPlatform, engine: Engine) -> None:
    half = "x" * 131_070
    state = {"Type": "Pass", "Parameters": {"x.$": "States.Array($.h, $.h)"}}
    failure = engine.run(chain(state), {"h": half}).failure
    assert failure is not None
    assert failure.error == "States.DataLimitExceeded"
