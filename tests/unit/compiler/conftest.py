"""The one process of node that checks all definitions of a test run."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

STATEMACHINES = Path(__file__).parents[3] / "statemachines"
VALIDATORS = ("asl-validator", "amazon-states-language-service")

NpmErrors = Callable[[str], dict[str, list[str]]]
AslErrors = Callable[[str], list[str]]


@pytest.fixture(scope="session")
def npm_errors() -> Iterator[NpmErrors]:
    """What each of npm's validators says of a definition's text."""
    for validator in VALIDATORS:
        if not (STATEMACHINES / "node_modules" / validator).is_dir():
            pytest.fail(f"{validator} is missing: run `npm ci --prefix statemachines`")
    command, pipe = ["node", str(STATEMACHINES / "validate.js")], subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as checker:

        def errors(definition: str) -> dict[str, list[str]]:
            assert checker.stdin is not None
            assert checker.stdout is not None
            checker.stdin.write(json.dumps(definition) + "\n")
            checker.stdin.flush()
            found: dict[str, list[str]] = json.loads(checker.stdout.readline())
            return found

        yield errors
        assert checker.stdin is not None
        checker.stdin.close()


@pytest.fixture(scope="session")
def asl_errors(npm_errors: NpmErrors) -> AslErrors:
    """What any of them says: an empty list for a good definition."""
    return lambda definition: [one for said in npm_errors(definition).values() for one in said]
