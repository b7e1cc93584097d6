"""`strata check-definition`: no platform, no folder."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from strata.local.command.app import app
from tests.builders import chain
from tests.golden import compiled
from tests.unit.compiler.definitions.building import alone, call, machine, passing, task
from tests.unit.local.command_line import strata, written

END = {"Type": "Succeed"}
VALID = alone(END, TimeoutSeconds=5)


def check(folder: Path, document: Any, *options: str) -> tuple[int, list[str]]:
    """The exit code, and the lines on standard error without the first."""
    told = strata("check-definition", written(folder, document), *options)
    return told.exit_code, told.stderr.splitlines()[1:]


def piped(content: bytes | str) -> Any:
    return CliRunner().invoke(app, ["check-definition", "-"], input=content)


def test_a_valid_definition_is_told_in_one_line(tmp_path: Path) -> None:
    path = written(tmp_path, VALID)
    told = strata("check-definition", path)
    assert (told.exit_code, told.stdout) == (0, f"{path}: the definition is valid\n")
    assert told.stderr == ""


def test_what_compile_prints_is_valid(tmp_path: Path) -> None:
    assert check(tmp_path, compiled(chain(5))) == (0, [])


def test_all_problems_are_told_with_state_and_field(tmp_path: Path) -> None:
    state = passing(ResultPath="x", Next="B")
    path = written(tmp_path, machine({"A": state}, Version="3"))
    told = strata("check-definition", path)
    assert told.exit_code == 1
    assert told.stdout == ""
    assert told.stderr.splitlines() == [
        f"{path}: the definition has 4 problems:",
        "  Version: 'Version' must be one of 1.0, not '3'. [invalid_value]",
        "  A.Next: 'Next' leads to 'B', which is not there. [missing_target]",
        "  A.ResultPath: 'ResultPath' must be a path such as $.a.b, not 'x'. [invalid_path]",
        "  A: The state cannot have Next and End together. [exclusive_fields]",
    ]


def test_one_problem_is_told_in_the_singular(tmp_path: Path) -> None:
    told = strata("check-definition", written(tmp_path, alone(END, Bogus=1)))
    assert told.stderr.splitlines()[0].endswith(": the definition has 1 problem:")


def test_what_is_no_json_is_a_problem_of_the_machine(tmp_path: Path) -> None:
    code, lines = check(tmp_path, '{"StartAt": ')
    assert code == 1
    assert lines == [
        "  machine: The machine is no JSON: Expecting value, line 1, column 13. [invalid_json]"
    ]


def test_a_rule_of_the_house_is_a_warning(tmp_path: Path) -> None:
    told = strata("check-definition", written(tmp_path, alone(task(), TimeoutSeconds=5)))
    assert told.exit_code == 0
    assert told.stderr == (
        "  warning: A: The state has no TimeoutSeconds, and could hang for a year. [no_timeout]\n"
    )


def test_an_action_that_no_service_has_is_found(tmp_path: Path) -> None:
    code, (line,) = check(tmp_path, alone(call("aws-sdk:s3:listBuckts", {})))
    assert code == 1
    assert "'listBuckts', which is no action of s3" in line


def test_an_action_of_a_service_is_taken(tmp_path: Path) -> None:
    assert check(tmp_path, alone(call("aws-sdk:s3:listBuckets", {})))[0] == 0


def test_an_express_machine_is_checked_as_one(tmp_path: Path) -> None:
    job = alone(call("glue:startJobRun.sync", {"JobName": "j"}, TimeoutSeconds=5))
    assert check(tmp_path, job)[0] == 0
    code, (line,) = check(tmp_path, job, "--express")
    assert code == 1
    assert "[not_in_express]" in line


def test_standard_input_is_read() -> None:
    told = piped("\ufeff" + json.dumps(VALID))
    assert (told.exit_code, told.stdout) == (0, "standard input: the definition is valid\n")


def test_standard_input_that_is_no_definition_is_refused() -> None:
    told = piped("[]")
    assert told.exit_code == 1
    assert told.stderr.startswith("standard input: the definition has 1 problem:")


def test_standard_input_that_is_no_text_cannot_be_read() -> None:
    told = piped(b"\xff\xfe")
    assert (told.exit_code, told.stderr) == (2, "standard input: this is not text in UTF-8\n")


@pytest.mark.parametrize("name", ["none.json", "."])
def test_a_file_that_is_none_cannot_be_read(name: str, tmp_path: Path) -> None:
    told = strata("check-definition", tmp_path / name)
    assert told.exit_code == 2
    assert told.stdout == ""


def test_a_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    _, lines = check(tmp_path, machine({"\x1b[31mred\nA": END}))
    assert len(lines) == 1
    assert "\x1b" not in lines[0]
