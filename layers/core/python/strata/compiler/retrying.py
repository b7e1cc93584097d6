"""When a state is tried again: a node's policy as a retrier of the state machine."""

from collections.abc import Sequence
from typing import Any

from strata.model.plan import MAX_NODE_SECONDS, RetryPolicy

MARGIN_SECONDS = 10
"""What the platform's own work around a node may take, besides the node's timeout."""

WAIT_MARGIN_SECONDS = 2
"""The same where a node waits: whoever is asked a little too early sits the rest out."""

PLATFORM_RETRIES = 3
"""Besides the node's own: for a throttled, crashed or lost call of the function. The function
counts the node's attempts itself, so these never run a node more often than its policy says."""

CROWDED = 10
"""From here on a level's functions may find each other throttled, and are tried for longer."""

WIDE_PLATFORM_RETRIES = 8
"""A level that starts more nodes at once than the account lets run is throttled for longer."""

RECORDING = RetryPolicy(max_attempts=1, interval_seconds=1, backoff_rate=2, max_delay_seconds=60)
RECORDING_RETRIES = 9

_DEFAULTS = {"IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 2}
"""What the language takes where a retrier says nothing: a thousand nodes repeat it nowhere."""


def platform_retries(width: int) -> int:
    """Of a Task beside which so many others begin."""
    return WIDE_PLATFORM_RETRIES if width > CROWDED else PLATFORM_RETRIES


def together(timeouts: Sequence[int]) -> int:
    """The timeout in seconds of a Task that runs several nodes, one after the other."""
    return min(sum(timeouts), MAX_NODE_SECONDS)


def retrier(policy: RetryPolicy, platform_retries: int, nodes: int = 1) -> dict[str, Any]:
    """For every error; bounded delay, spread at random so that a throttled crowd thins out.

    `nodes` share the Task, each with that policy."""
    interval, rate = _interval_and_rate(policy)
    retries = _retries(policy, platform_retries, nodes)
    wanted = {"IntervalSeconds": interval, "MaxAttempts": retries, "BackoffRate": rate}
    told = {field: value for field, value in wanted.items() if value != _DEFAULTS[field]}
    if interval * rate ** (retries - 1) > policy.max_delay_seconds:
        told["MaxDelaySeconds"] = policy.max_delay_seconds
    return {"ErrorEquals": ["States.ALL"], **told, "JitterStrategy": "FULL"}


def longest_seconds(
    policy: RetryPolicy, platform_retries: int, timeout_seconds: int, nodes: int = 1
) -> float:
    """How long a state can take in which every try times out, with the longest delays between."""
    interval, rate = _interval_and_rate(policy)
    retries = _retries(policy, platform_retries, nodes)
    delays = (min(interval * rate**i, policy.max_delay_seconds) for i in range(retries))
    return timeout_seconds * (retries + 1) + sum(delays)


def _retries(policy: RetryPolicy, platform_retries: int, nodes: int) -> int:
    return (policy.max_attempts - 1) * nodes + platform_retries


def _interval_and_rate(policy: RetryPolicy) -> tuple[int, float]:
    """A maximum below the interval holds from the first delay on: then nothing grows."""
    if policy.max_delay_seconds <= policy.interval_seconds:
        return policy.max_delay_seconds, 1
    rate = policy.backoff_rate
    return policy.interval_seconds, int(rate) if rate == int(rate) else rate
