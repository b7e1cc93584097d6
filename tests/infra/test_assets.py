"""What is uploaded: what is needed and no more, the same bytes for the same sources."""

import ast
import importlib.util
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra_cdk import assets
from strata.catalogue import CATALOGUE

pytestmark = pytest.mark.xdist_group("infra")

AWS = assets.ROOT / "layers" / "core" / "python" / "strata" / "aws"
UNCHECKED = 1


@pytest.fixture(scope="module")
def core() -> Path:
    return assets.core(assets.THIS_MACHINE).path / "python"


@pytest.fixture(scope="module")
def dependencies() -> Path:
    return assets.dependencies(assets.THIS_MACHINE).path / "python"


def _imported(folder: Path) -> set[str]:
    """The outermost packages that the sources import, those for type checkers left out."""
    return {
        name.split(".")[0]
        for path in folder.rglob("*.py")
        for name in _names(ast.parse(path.read_text("utf-8")))
    }


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module:
        yield node.module
    for child in ast.iter_child_nodes(node):
        yield from _names(child)


def test_the_embedded_platform_stays_at_home(core: Path) -> None:
    assert (core / "strata" / "aws").is_dir()
    assert not (core / "strata" / "local").exists()


def test_all_that_the_package_imports_is_in_a_layer(core: Path, dependencies: Path) -> None:
    needed = _imported(core) - sys.stdlib_module_names - {"strata"}
    there = {path.name.split(".")[0] for path in dependencies.iterdir()}
    assert needed - there == set()


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_all_that_a_function_imports_is_in_a_layer(row: object, dependencies: Path) -> None:
    folder = assets.function(getattr(row, "name", ""), assets.THIS_MACHINE).path
    needed = _imported(folder) - sys.stdlib_module_names - {"strata"}
    assert (folder / "handler.py").is_file()
    assert needed - {path.name.split(".")[0] for path in dependencies.iterdir()} == set()


def test_the_layer_describes_the_services_that_the_package_calls(dependencies: Path) -> None:
    called = {
        node.args[0].value
        for path in AWS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("clients.get")
        if isinstance(node.args[0], ast.Constant)
    }
    described = {path.name for path in (dependencies / "botocore" / "data").iterdir()}
    assert called
    assert called <= assets.SERVICES <= described


@pytest.mark.parametrize("layer", ["core", "dependencies"])
def test_sources_come_with_bytecode_that_is_not_checked_against_them(
    layer: str, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(layer)
    package = folder / ("strata" if layer == "core" else "botocore")
    sources = list(package.glob("*.py"))
    assert sources
    for source in sources:
        compiled = Path(importlib.util.cache_from_source(str(source)))
        magic, flags = struct.unpack("<4sI", compiled.read_bytes()[:8])
        assert magic == importlib.util.MAGIC_NUMBER
        assert flags == UNCHECKED


def test_the_same_sources_are_the_same_asset() -> None:
    first, second = (assets.core(assets.THIS_MACHINE) for _ in range(2))
    assert first == second


def test_another_python_is_another_asset() -> None:
    here, lambda_ = assets.core(assets.THIS_MACHINE), assets.core(assets.LAMBDA)
    assert here.hash != lambda_.hash
    assert here.path != lambda_.path
