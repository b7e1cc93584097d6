"""The contract as a document (OpenAPI 3.1), written from the handlers' declarations.

parameters       from the resolver          (Powertools)
bodies, answers  from their types           (pydantic)
the rest         from the rules that hold for every route, said once in `rules`
"""

import json
from collections.abc import Iterable
from importlib.metadata import version
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from strata.http import rules
from strata.http.contract import FILE
from strata.http.operations import Schemas, body_of, operation_of
from strata.http.resource import Resource
from strata.http.routes import Route

Json = dict[str, Any]

FUNCTIONS = Path(__file__).parents[5] / "functions"
WRITTEN = Path(__file__).parents[1] / FILE
REF = "#/components/schemas/{model}"


def openapi_document(functions: Path = FUNCTIONS) -> Json:
    """The whole contract, from the handlers in that folder."""
    return document(resources(functions))


def openapi_text() -> str:
    """The same as it stands in `strata/openapi.json`."""
    return json.dumps(openapi_document(), indent=1, ensure_ascii=False) + "\n"


def resources(functions: Path = FUNCTIONS) -> list[Resource]:
    """Those that the handlers in that folder declare, by name."""
    found = map(_resource, sorted(functions.glob("*/handler.py")))
    return [resource for resource in found if resource]


def _resource(handler: Path) -> Resource | None:
    """None where the handler answers no HTTP."""
    spec = spec_from_file_location(f"functions.{handler.parent.name}.handler", handler)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(handler)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    app = getattr(module, "app", None)
    return app if isinstance(app, Resource) else None


def document(declared: Iterable[Resource]) -> Json:
    """The contract of these resources."""
    declared = list(declared)
    schemas, definitions = _schemas([route for one in declared for route in one.routes])
    return {
        "openapi": "3.1.0",
        "info": {**rules.INFO, "version": version("strata")},
        "servers": [{"url": "/"}],
        "tags": [{"name": resource.name} for resource in declared],
        "paths": _paths(declared, schemas),
        "components": {**rules.COMPONENTS, "schemas": {**definitions, **rules.SCHEMAS}},
    }


def _paths(declared: Iterable[Resource], schemas: Schemas) -> dict[str, Json]:
    paths: dict[str, Json] = {}
    for resource in declared:
        solved = json.loads(resource.resolver.get_openapi_json_schema())["paths"]
        for route in resource.routes:
            method = route.method.lower()
            parameters = solved[route.path][method].get("parameters", [])
            operation = operation_of(route, resource.name, parameters, schemas)
            paths.setdefault(route.path, {})[method] = operation
    return dict(sorted(paths.items()))


class _Untitled(GenerateJsonSchema):
    """A title that only repeats a field's name says nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def _schemas(routes: list[Route]) -> tuple[Schemas, Json]:
    """The schemas of bodies and answers by operation and mode, and what they refer to."""
    bodies = {route.name: body_of(route) for route in routes}
    answers = {route.name: route.answer for route in routes} | {
        f"{route.name} {status}": answer
        for route in routes
        for status, answer in route.also.items()
    }
    wanted = [*_adapted(bodies, "validation"), *_adapted(answers, "serialization")]
    schemas, defined = TypeAdapter.json_schemas(
        wanted, ref_template=REF, schema_generator=_Untitled
    )
    return schemas, defined.get("$defs", {})


Mode = Literal["validation", "serialization"]


def _adapted(types: dict[str, Any], mode: Mode) -> list[tuple[str, Mode, TypeAdapter[Any]]]:
    return [(name, mode, TypeAdapter(one)) for name, one in types.items() if one is not None]
