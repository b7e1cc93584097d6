"""A definition of a state machine in a file, checked."""

import sys
from collections.abc import Iterable
from pathlib import Path

from strata.aws.actions import actions_of
from strata.compiler.validate import Problem, house_rules, validate
from strata.local.command.documents import decoded, read_text
from strata.local.command.refusals import Refusal, one_line

STANDARD_INPUT = "-"


def check_file(path: str, express: bool) -> list[str]:
    """A warning for each rule of this house that a valid definition breaks. Raises Refusal with
    all problems of another one, or if it cannot be read."""
    name = "standard input" if path == STANDARD_INPUT else path
    text = decoded(sys.stdin.buffer.read(), name) if name != path else read_text(Path(path))
    problems = validate(text, known_actions=actions_of, express=express)
    if problems:
        count = f"{len(problems)} problem{'s' * (len(problems) != 1)}"
        raise Refusal(f"{name}: the definition has {count}:", _lines(problems))
    return [f"{name}: the definition is valid", *_lines(house_rules(text), "warning: ")]


def _lines(problems: Iterable[Problem], kind: str = "") -> list[str]:
    return [
        f"  {kind}{one_line(_place(problem))}: {one_line(problem.message)} [{problem.code}]"
        for problem in problems
    ]


def _place(problem: Problem) -> str:
    return ".".join(part for part in (problem.state, problem.field) if part) or "machine"
