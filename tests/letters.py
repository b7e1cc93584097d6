"""What the embedded platform has written to its users."""

import re

from strata.local.outbox import Outbox
from strata.platform import Platform


def letters_to(email: str, platform: Platform) -> list[dict[str, str]]:
    """Oldest first."""
    assert isinstance(platform.notifier, Outbox)
    return [one for one in platform.notifier.letters() if one["to"] == email]


def tokens_in(letters: list[dict[str, str]], prefix: str) -> list[str]:
    """The one-time tokens of a kind, `svt_` or `srp_`."""
    return re.findall(rf"{prefix}\w+", "\n".join(one["text"] for one in letters))
