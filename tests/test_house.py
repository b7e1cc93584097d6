"""The rules of the house: who may import whom, what lies where, how long a file may grow.

functions → edge → use cases → store | aws | local | compiler | blocks → model

Each test fails with the file and the import or name that breaks the rule.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from strata.catalogue import CATALOGUE

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "layers" / "core" / "python" / "strata"
FUNCTIONS = ROOT / "functions"
MAX_LINES = {"layers": 250, "functions": 250, "infra_cdk": 250, "tests": 400}

# Parts that know nothing of what Strata does, and that all above the model may use.
GROUND = {"clock", "memory", "opened_keys", "ports", "settings", "platform", "catalogue"}
GROUND |= {"observability"}
# What comes in from outside: HTTP, messages, events of AWS.
EDGE = {"http", "queued", "machine_events"}
PARTS = {"store", "aws", "local", "compiler", "blocks", "outbound"}
MAY_IMPORT = {
    "model": set[str](),
    "clock": set[str](),
    "memory": set[str](),
    "opened_keys": {"clock"},
    "settings": set[str](),
    "catalogue": set[str](),
    "ports": {"model"},
    "observability": {"model", "platform"},
    # It chooses AWS, where nobody hands a platform over.
    "platform": {"model", "clock", "memory", "opened_keys", "ports", "settings", "aws"},
    "compiler": {"model"},
    "blocks": {"model"},
    "outbound": {"model", "clock"},
    "store": {"model"} | GROUND,
    "aws": {"model", "blocks", "outbound"} | GROUND,
}
# Who may import it at all; what is not named here belongs to everybody.
ONLY_IN = {
    "boto3": {"aws"},
    "botocore": {"aws"},
    "sqlite3": {"local"},
    "uvicorn": {"local"},
    "typer": {"local"},
    "rich": {"local"},
    "urllib3": {"outbound"},
    "aws_lambda_powertools": {"http", "observability"},
}


def _part(path: Path) -> str:
    """`store` for strata/store/keys.py, `graphs` for strata/graphs.py."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def _sources(folder: Path) -> list[Path]:
    return sorted(one for one in folder.rglob("*.py") if "node_modules" not in one.parts)


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield f"relative import in line {node.lineno}"


def _own_parts(path: Path) -> Iterator[tuple[str, str]]:
    """(part, import) for each import from the package."""
    for name in _imports(path):
        if name.startswith("strata."):
            yield name.split(".")[1], name


@cache
def _use_cases() -> frozenset[str]:
    parts = {_part(path) for path in _sources(PACKAGE)} - {"__init__"}
    return frozenset(parts - set(MAY_IMPORT) - PARTS - EDGE)


@cache
def _allowed(part: str) -> set[str]:
    if part in MAY_IMPORT:
        return MAY_IMPORT[part]
    below = GROUND | {"model", "store", "compiler", "blocks"} | _use_cases()
    if part in EDGE:
        return below | EDGE
    # The command asks the models of AWS' SDK what a definition may call.
    return below | EDGE | {"outbound", "aws"} if part == "local" else below


def test_no_part_imports_what_lies_above_it() -> None:
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(PACKAGE)
        for part, name in _own_parts(path)
        if part not in _allowed(_part(path)) | {_part(path)}
    ]
    assert broken == []


def test_the_model_and_the_compiler_need_only_the_standard_library_and_pydantic() -> None:
    known = sys.stdlib_module_names | {"pydantic", "strata"}
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(PACKAGE / "model") + _sources(PACKAGE / "compiler")
        for name in _imports(path)
        if name.split(".")[0] not in known
    ]
    assert broken == []


def test_the_catalogue_needs_only_the_standard_library() -> None:
    names = {name.split(".")[0] for name in _imports(PACKAGE / "catalogue.py")}
    assert names <= sys.stdlib_module_names


def test_each_outside_thing_has_one_door() -> None:
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(PACKAGE)
        for name in _imports(path)
        if _part(path) not in ONLY_IN.get(name.split(".")[0], {_part(path)})
    ]
    assert broken == []


def test_a_function_reaches_aws_only_through_the_platform() -> None:
    forbidden = ("boto3", "botocore", "sqlite3", "strata.aws", "strata.local", "strata.store")
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(FUNCTIONS)
        for name in _imports(path)
        if name.startswith(forbidden)
    ]
    assert broken == []


def test_no_function_imports_another() -> None:
    names = {row.name for row in CATALOGUE}
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(FUNCTIONS)
        for name in _imports(path)
        if name.split(".")[0] in {"functions", "handler"} | names
    ]
    assert broken == []


def test_the_stacks_know_the_catalogue_and_the_routes_and_no_business() -> None:
    known = {"catalogue", "ports", "http", "observability", "model"}
    broken = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _sources(ROOT / "infra_cdk")
        for part, name in _own_parts(path)
        if part not in known
    ]
    assert broken == []


def test_a_function_is_a_folder_a_row_of_the_catalogue_and_a_folder_of_events() -> None:
    rows = sorted(row.name for row in CATALOGUE)
    folders = sorted(path.parent.name for path in FUNCTIONS.glob("*/handler.py"))
    events = sorted({path.parent.name for path in (ROOT / "events").glob("*/*.json")})
    assert folders == rows
    assert [name for name in rows if name not in events] == []


def test_the_rows_of_the_catalogue_stand_in_order() -> None:
    names = [row.name for row in CATALOGUE]
    assert names == sorted(set(names))


@pytest.mark.parametrize("folder", MAX_LINES)
def test_no_file_grows_past_what_one_can_hold_in_mind(folder: str) -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in _sources(ROOT / folder)
        if (lines := len(path.read_text("utf-8").splitlines())) > MAX_LINES[folder]
    }
    assert long == {}


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    odd = re.compile(r"(utils?|helpers?|common|managers?|misc|base)(\.py)?")
    broken = [
        str(path.relative_to(ROOT))
        for folder in MAX_LINES
        for path in _sources(ROOT / folder)
        if any(odd.fullmatch(part) for part in path.relative_to(ROOT).parts)
    ]
    assert broken == []


def test_nothing_is_left_for_later() -> None:
    # Written apart, so that this file does not hold them.
    left = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "pragma: no" + " cover")))
    assert _files_with(left) == []


def test_no_file_names_a_package_registry() -> None:
    hosts = ("pypi" + r"\.org", "python" + "hosted", "npm" + r"js\.", "--(extra-)?index" + "-url ")
    assert _files_with(re.compile("|".join(hosts))) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    homes = ("/ro" + "ot/", "/ho" + "me/[a-z]", "/Us" + "ers/[A-Za-z]", "(?<![a-z])/wo" + "rk/")
    assert _files_with(re.compile("|".join(homes))) == []


def test_every_test_is_a_sentence() -> None:
    short = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for path in _sources(ROOT / "tests")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        if len(node.name.split("_")) < 3
    ]
    assert short == []


def _files_with(pattern: re.Pattern[str]) -> list[str]:
    """What holds the pattern among the files under version control, or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = []
    for name in listed.stdout.splitlines():
        try:
            text = (ROOT / name).read_text("utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        found += [f"{name}: {hit.group()}" for hit in pattern.finditer(text)]
    return found
