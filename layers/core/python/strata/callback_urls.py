"""The secret URLs at which nodes are told their events: ids, signed with a key that never leaves.

A URL is the same however often it is asked for, and tells nothing but the ids that it names.
"""

from typing import NamedTuple

from strata.cursors import open_cursor, seal_cursor
from strata.model.errors import InvalidCursor, NotFound
from strata.model.execution import Run
from strata.paging import cursor_key
from strata.platform import Platform

PATH = "/v1/callbacks/"

_BINDING = "callback"


class Callback(NamedTuple):
    """The node that a URL is of."""

    user_id: str
    execution_id: str
    iteration: str
    node: str


def url_of(run: Run, node: str, *, platform: Platform) -> str:
    """Where the event for this node is to be posted; `run` is that of the node's own region."""
    of = Callback(run.user_id, run.execution_id, run.iteration, node)
    token = seal_cursor(of._asdict(), _BINDING, cursor_key(platform))
    return f"{platform.settings.public_url}{PATH}{token}"


def callback_of(token: str, *, platform: Platform) -> Callback:
    """The node whose URL ends so. Raises NotFound for any other text."""
    try:
        return Callback(**open_cursor(token, _BINDING, cursor_key(platform)))
    except InvalidCursor:
        raise NotFound from None
