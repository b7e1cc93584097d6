"""Blocks whose work is the platform's own: their names, their pins, what their ends are told."""

APPROVAL = "approval"
WAIT_FOR_EVENT = "wait_for_event"
SUB_GRAPH = "sub_graph"
CALLBACK_URL = "callback_url"

MOST_NESTED = 10
"""So many sub-graphs run within each other at most."""

EXPIRED = "expired"
"""The key of an answer that is none: nobody gave one in time."""

MOST_DELAY_SECONDS = 31_536_000
"""A year: no Standard execution lives longer."""
MOST_WAIT_SECONDS = MOST_DELAY_SECONDS - 86_400
"""The rest is for what comes after the wait."""
