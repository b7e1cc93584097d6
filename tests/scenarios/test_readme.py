"""The README's walk through the API does what it says."""

import json
import re
import subprocess

import pytest

from tests.scenarios.runner import ROOT, Runner

WALK = re.compile(r"<!-- walk -->\n```bash\n(.*?)```", re.DOTALL)
ADDRESS = "http://127.0.0.1:8000/v1"


@pytest.fixture(scope="module")
def answers(runner: Runner) -> list[str]:
    """What the walk prints, answer by answer: account, plan, execution, nodes."""
    if not runner.url.startswith("http://127.0.0.1:"):
        pytest.skip("the walk talks to a platform on this machine")
    (walk,) = WALK.findall((ROOT / "README.md").read_text("utf-8"))
    script = "set -euo pipefail\n" + walk.replace(ADDRESS, f"{runner.url}/v1")
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True)
    return re.split(r"(?<=})(?={)|\n", done.stdout.strip())


def test_the_walk_makes_an_account(answers: list[str]) -> None:
    assert json.loads(answers[0])["user"]["email"] == "ann@example.com"


def test_the_walk_shows_a_plan_of_three_levels(answers: list[str]) -> None:
    assert len(json.loads(answers[1])["levels"]) == 3


def test_the_walk_ends_with_a_greeting(answers: list[str]) -> None:
    execution = json.loads(answers[2])
    assert (execution["status"], execution["outputs"]) == (
        "COMPLETED",
        {"greeting": "Hello, Strata!"},
    )


def test_the_walk_sees_every_node(answers: list[str]) -> None:
    nodes = json.loads(answers[3])["items"]
    assert [node["status"] for node in nodes] == ["COMPLETED"] * 3
