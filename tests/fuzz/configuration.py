"""What Schemathesis is told of ids, and of paths that look like another route's."""

import json
from collections.abc import Mapping

from strata.http import contract
from strata.http.routes import allowed_methods

OFTEN = 0.7


def configuration(things: Mapping[str, list[str]]) -> str:
    """Its file: ids that there are for the parameters of paths. JSON texts are TOML's, too."""
    lists = [f"[dictionaries.{name}]\nvalues = {json.dumps(ids)}\n" for name, ids in things.items()]
    uses = [
        f'"path.{name}" = {{ dictionary = "{name}", probability = {OFTEN} }}' for name in things
    ]
    return "\n".join([*lists, "[parameters]", *uses, ""])


def lookalikes() -> list[str]:
    """Written-out paths that a route with a parameter leads to as well, by other methods."""
    varied = {path: methods for path, methods in contract.paths().items() if "{" in path}
    return [path for path in contract.paths() if "{" not in path and allowed_methods(path, varied)]
