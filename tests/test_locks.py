"""What is installed is what pyproject.toml asks for, pinned, with hashes, from nowhere special."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
# Which extras of the project a lock holds; None for a tool that is locked by itself.
LOCKS: dict[str, tuple[str, ...] | None] = {
    "layers/dependencies/requirements.txt": (),
    "layers/dependencies/local.txt": ("local",),
    "tests/requirements.txt": ("local", "dev"),
    "infra_cdk/requirements.txt": ("local", "infra"),
    "infra_cdk/checkov.txt": None,
    "tests/emulator/requirements.txt": None,
    "tests/fuzz/requirements.txt": None,
}
OF_PROJECT = {lock: extras for lock, extras in LOCKS.items() if extras is not None}
NPM_LOCKS = ("infra_cdk/package-lock.json", "statemachines/package-lock.json")

_ENTRY = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==(\S+)", re.MULTILINE)


def _text(lock: str) -> str:
    return (ROOT / lock).read_text("utf-8")


def _versions(lock: str) -> dict[str, list[str]]:
    """Versions by name; more than one where they differ by the version of Python."""
    found: dict[str, list[str]] = {}
    for name, version in _ENTRY.findall(_text(lock)):
        found.setdefault(canonicalize_name(name), []).append(version)
    return found


def _wanted(extras: tuple[str, ...]) -> list[Requirement]:
    project: dict[str, Any] = tomllib.loads(_text("pyproject.toml"))["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][one] for one in extras)]
    return [Requirement(line) for each in lists for line in each]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_entry_of_a_lock_has_hashes(lock: str) -> None:
    text = _text(lock)
    assert _versions(lock)
    assert re.findall(r"^\S+==[^\\]*$", text, re.MULTILINE) == []
    assert text.count("--hash=sha256:") >= len(_versions(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_address(lock: str) -> None:
    assert "://" not in _text(lock)


@pytest.mark.parametrize("lock", NPM_LOCKS)
def test_a_lock_of_npm_has_hashes_and_names_no_address(lock: str) -> None:
    packages = json.loads(_text(lock))["packages"]
    for name, package in packages.items():
        assert "resolved" not in package
        assert not name or package["integrity"].startswith("sha512-")


@pytest.mark.parametrize("lock", OF_PROJECT)
def test_a_lock_fulfils_what_the_project_asks_for(lock: str) -> None:
    versions = _versions(lock)
    unfulfilled = [
        str(wanted)
        for wanted in _wanted(OF_PROJECT[lock])
        if not versions.get(canonicalize_name(wanted.name))
        or not all(one in wanted.specifier for one in versions[canonicalize_name(wanted.name)])
    ]
    assert unfulfilled == [], "run `make lock`"


def test_a_version_is_the_same_in_every_lock_of_the_project() -> None:
    seen: dict[str, set[tuple[str, ...]]] = {}
    for lock in OF_PROJECT:
        for name, versions in _versions(lock).items():
            seen.setdefault(name, set()).add(tuple(versions))
    assert {name: versions for name, versions in seen.items() if len(versions) > 1} == {}


def test_the_lambda_layer_holds_nothing_that_only_a_laptop_needs() -> None:
    local = {canonicalize_name(one.name) for one in _wanted(("local",))}
    needed = {canonicalize_name(one.name) for one in _wanted(())}
    assert _versions("layers/dependencies/requirements.txt").keys() & (local - needed) == set()
