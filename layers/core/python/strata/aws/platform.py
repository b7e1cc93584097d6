"""The platform on AWS."""

from strata.clock import Clock
from strata.platform import Platform
from strata.settings import Settings


def connect(settings: Settings, clock: Clock) -> Platform:
    """Every part from its setting; a client is made when it is first used."""
    raise LookupError(settings.stage, clock)
