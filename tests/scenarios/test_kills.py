"""The embedded platform, killed at random moments of a mixed load: nothing acknowledged is lost."""

from pathlib import Path

import pytest

from tests.scenarios.storm import CLOCK, ENDED, PATIENCE, Client, Load, pause, storm

KILLS = 50


def wait_for_the_end(client: Client, executions: list[str]) -> None:
    """Of all of them. Raises TimeoutError."""
    deadline = CLOCK.monotonic() + PATIENCE
    while CLOCK.monotonic() < deadline:
        listed = {one["id"]: one["status"] for one in client.lists("/executions")}
        if all(listed[one] in ENDED for one in executions):
            return
        CLOCK.sleep(0.2)
    raise TimeoutError(f"{set(executions) - {one for one in listed if listed[one] in ENDED}}")


@pytest.mark.xdist_group("storm")
def test_fifty_kills_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    with storm(tmp_path) as (server, client, load, upstream):
        for _ in range(KILLS):
            server.wait()
            pause(0.6)
            server.kill()
        server.wait()
        load.stop()
        wait_for_the_end(client, list(load.acknowledged.values()))
        check_every_execution(client, load)
        check_effects(client, upstream.effects)


def check_every_execution(client: Client, load: Load) -> None:
    """Each ended right, and each key has one."""
    listed = {one["id"]: one for one in client.lists("/executions")}
    assert sorted(listed) == sorted(load.acknowledged.values())
    for number, execution_id in load.acknowledged.items():
        found = listed[execution_id]
        assert (found["status"], found["outputs"]) == ("COMPLETED", {"n": number}), found


def check_effects(client: Client, effects: dict[str, int]) -> None:
    """An effect that happened twice is told to be one that may have."""
    for key, count in effects.items():
        execution_id, node, _ = key.split("/")
        told = client.reads(f"/executions/{execution_id}/nodes/{node}")
        assert count == 1 or told["possibly_repeated"], told
