"""The routes as the handlers declare them: the API is built from these and from nothing else."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from strata.catalogue import CATALOGUE, Function
from strata.http.resource import Resource
from strata.http.routes import Route

FUNCTIONS = Path(__file__).parent.parent / "functions"


def declared(functions: Path = FUNCTIONS) -> Iterator[tuple[Function, Route]]:
    """Each route with the function that serves it, in the catalogue's order."""
    for row in CATALOGUE:
        if "http" in row.serves:
            for route in _resource(functions / row.name / "handler.py").routes:
                yield row, route


def _resource(handler: Path) -> Resource:
    for value in vars(_module(handler)).values():
        if isinstance(value, Resource):
            return value
    raise LookupError(f"{handler} declares no Resource")


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"functions.{path.parent.name}.handler", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
