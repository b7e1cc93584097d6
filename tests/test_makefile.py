"""The verbs of the Makefile hand on what they are given."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["INPUTS", "GRAPH"])
def test_a_dollar_sign_reaches_the_command_as_it_was_written(name: str) -> None:
    given = '{"who": "$HOME $(shell id) $$x"}'
    verb = f"--eval=told: ; @printenv {name}"
    told = ["make", "--silent", "--no-print-directory", verb, "told", f"{name}={given}"]
    # Of a make that runs this test nothing is to be taken over.
    apart = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    shown = subprocess.run(told, cwd=ROOT, env=apart, capture_output=True, text=True, check=True)
    assert shown.stdout == given + "\n"
