"""The verbs of the Makefile hand on what they are given."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", ["INPUTS", "GRAPH"])
def test_a_dollar_sign_reaches_the_command_as_it_was_written(name: str) -> None:
    given = '{"who": "$HOME $(shell id) $$x"}'
    told = ["make", "--silent", f"--eval=told: ; @printenv {name}", "told", f"{name}={given}"]
    shown = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True)
    assert shown.stdout == given + "\n"
