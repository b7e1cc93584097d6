"""The contract as it is served: `strata/openapi.json`, written from the handlers' declarations."""

import json
from functools import cache
from importlib.resources import files

from strata.http.routes import Paths

FILE = "openapi.json"


@cache
def text() -> str:
    """The document as JSON."""
    return files("strata").joinpath(FILE).read_text("utf-8")


@cache
def paths() -> Paths:
    """The methods of every path of the API."""
    document = json.loads(text())
    return {
        path: {method.upper() for method in operations}
        for path, operations in document["paths"].items()
    }
