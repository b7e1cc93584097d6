"""The one process of node that checks all definitions of a test run."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

STATEMACHINES = Path(__file__).parents[3] / "statemachines"

AslErrors = Callable[[str], list[Any]]


@pytest.fixture(scope="session")
def asl_errors() -> Iterator[AslErrors]:
    """What asl-validator says of a definition: a list of its errors, empty for a good one."""
    if not (STATEMACHINES / "node_modules" / "asl-validator").is_dir():
        pytest.fail(
            "asl-validator is missing: run `npm ci --prefix statemachines` (or `make test`)"
        )
    command, pipe = ["node", str(STATEMACHINES / "validate.js")], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as checker:

        def errors(definition: str) -> list[Any]:
            assert checker.stdin is not None
            assert checker.stdout is not None
            checker.stdin.write(json.dumps(json.loads(definition)) + "\n")
            checker.stdin.flush()
            found: list[Any] = json.loads(checker.stdout.readline())
            return found

        yield errors
        assert checker.stdin is not None
        checker.stdin.close()
