"""Bodies of `functions/system`."""

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from strata.http.schemas.parts import Json


class Health(TypedDict):
    status: Literal["healthy", "degraded", "unhealthy"]
    checks: Annotated[
        dict[str, Literal["healthy", "unhealthy"]], Field(description="By part of the platform.")
    ]


class KeySet(TypedDict):
    """A JSON Web Key Set (RFC 7517)."""

    keys: list[Json]
