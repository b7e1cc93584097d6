"""An event comes to a node by its URL: before the node waits, while it does, once."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from strata import audit, callback_urls, callbacks, cancelling, nodes, waits
from strata.callbacks import Event
from strata.model.errors import (
    AlreadyAnswered,
    CallbackExpired,
    Conflict,
    ExecutionEnded,
    NotFound,
    Unavailable,
)
from strata.model.execution import Run
from strata.model.origin import Origin
from strata.paging import PageRequest
from strata.platform import Platform
from strata.settings import Settings
from tests.at_once import at_once
from tests.builders import graph, node
from tests.held_clock import HeldClock
from tests.held_platform import USER, HeldMachines, started
from tests.held_waits import TOKEN, answers, ask, fails, shown
from tests.watched_table import after_first, watched

PAID = Event({"paid": True}, {"content-type": "application/json"}, "digest-1")
OTHER = replace(PAID, body="no", digest="digest-2")

WAITING = graph(
    [
        node("url", "callback_url", node="paid"),
        node("paid", "wait_for_event", expires_seconds=60),
        node("out", "output", name="url"),
    ],
    "url.url -> out.value",
)


@pytest.fixture
def run(held: Platform) -> Run:
    """One whose node does not wait yet."""
    run = started(WAITING, held)
    nodes.run(run, "url", platform=held)
    return run


@pytest.fixture
def waiting(run: Run, held: Platform) -> Run:
    ask(run, "paid", held)
    return run


def url_of(run: Run, platform: Platform) -> str:
    return str(shown(run, "url", platform)["outputs"]["url"])


def token_of(run: Run, platform: Platform) -> str:
    return url_of(run, platform).removeprefix(callback_urls.PATH)


def post(run: Run, platform: Platform, event: Event = PAID) -> Any:
    return callbacks.receive(token_of(run, platform), event, platform=platform)


def crash() -> None:
    raise KeyboardInterrupt


class TestUrl:
    def test_it_is_handed_out_before_its_node_waits(self, run: Run, held: Platform) -> None:
        assert url_of(run, held).startswith("/v1/callbacks/")
        assert shown(run, "paid", held)["waiting"] is None

    def test_the_owner_sees_it_while_the_node_waits(self, waiting: Run, held: Platform) -> None:
        assert shown(waiting, "paid", held)["waiting"] == {
            "expires_at": "2026-03-01T12:01:00.000Z",
            "callback_url": url_of(waiting, held),
        }

    def test_it_is_whole_where_the_address_of_the_api_is_known(
        self, run: Run, held: Platform
    ) -> None:
        known = replace(held, settings=Settings(public_url="https://api.example.com"))
        url = callback_urls.url_of(run, "paid", platform=known)
        assert url == f"https://api.example.com{url_of(run, held)}"

    def test_it_tells_ids_and_nothing_else(self, run: Run, held: Platform) -> None:
        token = token_of(run, held)
        content = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))[32:]
        told = callback_urls.callback_of(token, platform=held)
        assert told == (USER, run.execution_id, "", "paid")
        assert all(one.encode() in content for one in told)
        assert len(content) < 200

    def test_it_names_the_iteration_that_its_node_is_of(self, run: Run, held: Platform) -> None:
        urls = {
            callback_urls.url_of(run.within("loop", at), "paid", platform=held) for at in range(3)
        }
        assert len(urls) == 3

    @pytest.mark.parametrize("forge", [lambda t: t[:-1], lambda t: t + "A", lambda t: t[::-1]])
    def test_a_forged_one_leads_nowhere(self, run: Run, held: Platform, forge: Any) -> None:
        with pytest.raises(NotFound):
            callbacks.receive(forge(token_of(run, held)), PAID, platform=held)

    def test_a_cursor_is_none(self, run: Run, held: Platform) -> None:
        from strata.cursors import seal_cursor
        from strata.paging import cursor_key

        of = callback_urls.callback_of(token_of(run, held), platform=held)
        cursor = seal_cursor(of._asdict(), "nodes", cursor_key(held))
        with pytest.raises(NotFound):
            callbacks.receive(cursor, PAID, platform=held)

    def test_that_of_a_node_that_waits_for_no_event_leads_nowhere(
        self, run: Run, held: Platform
    ) -> None:
        url = callback_urls.url_of(run, "out", platform=held)
        with pytest.raises(NotFound):
            callbacks.receive(url.removeprefix(callback_urls.PATH), PAID, platform=held)


class TestWhileItWaits:
    def test_the_event_ends_the_node(self, waiting: Run, held: Platform) -> None:
        assert post(waiting, held) == {"received_at": "2026-03-01T12:00:00.000Z"}
        assert answers(held) == {TOKEN: None}
        assert shown(waiting, "paid", held)["outputs"] == {
            "body": {"paid": True},
            "headers": {"content-type": "application/json"},
            "received_at": "2026-03-01T12:00:00.000Z",
        }

    def test_the_same_event_again_gets_the_same_answer(
        self, waiting: Run, held: Platform, clock: HeldClock
    ) -> None:
        first = post(waiting, held)
        clock.sleep(100)
        assert post(waiting, held) == first
        assert answers(held) == {TOKEN: None}

    def test_another_event_is_refused(self, waiting: Run, held: Platform) -> None:
        post(waiting, held)
        with pytest.raises(AlreadyAnswered):
            post(waiting, held, OTHER)
        assert shown(waiting, "paid", held)["outputs"]["body"] == {"paid": True}

    def test_of_many_at_once_one_counts(self, waiting: Run, held: Platform) -> None:
        def send(number: int) -> bool:
            try:
                post(waiting, held, replace(PAID, body=number, digest=str(number)))
            except AlreadyAnswered:
                return False
            return True

        sent = at_once(4, send)
        assert sent.count(True) == 1
        assert shown(waiting, "paid", held)["outputs"]["body"] == sent.index(True)
        assert answers(held) == {TOKEN: None}

    def test_a_large_event_passes_unchanged(self, waiting: Run, held: Platform) -> None:
        large = replace(PAID, body={"text": "ä" * 150_000})
        post(waiting, held, large)
        assert shown(waiting, "paid", held)["outputs"]["body"] == large.body

    def test_the_machine_hears_of_it_later_if_it_does_not_answer(
        self, waiting: Run, held: Platform
    ) -> None:
        assert isinstance(held.machines, HeldMachines)
        held.machines.down = True
        post(waiting, held)
        assert answers(held) == {}
        held.machines.down = False
        post(waiting, held)
        assert answers(held) == {TOKEN: None}

    def test_a_node_that_others_never_leave_alone_is_unavailable(
        self, waiting: Run, held: Platform
    ) -> None:
        def collide(operation: str, _: Any) -> None:
            if operation == "write_all":
                raise Conflict

        busy, _ = watched(held, before=collide)
        with pytest.raises(Unavailable):
            callbacks.receive(token_of(waiting, held), PAID, platform=busy)
        assert post(waiting, held)
        assert shown(waiting, "paid", held)["status"] == "COMPLETED"


class TestBeforeItWaits:
    def test_the_event_is_kept_until_it_does(self, run: Run, held: Platform) -> None:
        post(run, held)
        assert shown(run, "paid", held)["status"] == "PENDING"
        assert ask(run, "paid", held) == "COMPLETED"
        assert answers(held) == {TOKEN: None}
        assert shown(run, "paid", held)["outputs"]["body"] == {"paid": True}

    def test_the_first_one_counts(self, run: Run, held: Platform) -> None:
        post(run, held)
        with pytest.raises(AlreadyAnswered):
            post(run, held, OTHER)
        post(run, held)
        ask(run, "paid", held)
        assert shown(run, "paid", held)["outputs"]["body"] == {"paid": True}

    def test_one_that_comes_as_it_begins_is_not_missed(self, run: Run, held: Platform) -> None:
        late, _ = watched(held, after=after_first("get_many", lambda: post(run, held)))
        assert ask(run, "paid", late) == "COMPLETED"

    def test_nor_one_that_it_begins_during(self, run: Run, held: Platform) -> None:
        late, _ = watched(held, after=after_first("write", lambda: ask(run, "paid", held)))
        callbacks.receive(token_of(run, held), PAID, platform=late)
        assert shown(run, "paid", held)["status"] == "COMPLETED"
        assert answers(held) == {TOKEN: None}


class TestTooLate:
    def test_after_its_time_there_is_nothing_to_post_to(
        self, waiting: Run, held: Platform, clock: HeldClock
    ) -> None:
        clock.sleep(60)
        with pytest.raises(CallbackExpired):
            post(waiting, held)
        assert "event_expired" in fails(waiting, "paid", held, "token-2")
        with pytest.raises(CallbackExpired):
            post(waiting, held)

    def test_an_event_in_time_counts_though_its_end_was_lost(
        self, waiting: Run, held: Platform, clock: HeldClock
    ) -> None:
        lost, _ = watched(held, after=after_first("write", crash))
        with pytest.raises(KeyboardInterrupt):
            callbacks.receive(token_of(waiting, held), PAID, platform=lost)
        clock.sleep(60)
        assert ask(waiting, "paid", held, "token-2") == "COMPLETED"

    def test_a_sweep_finds_it_too(self, waiting: Run, held: Platform) -> None:
        lost, _ = watched(held, after=after_first("write", crash))
        with pytest.raises(KeyboardInterrupt):
            callbacks.receive(token_of(waiting, held), PAID, platform=lost)
        assert waits.mend(waiting, "paid", platform=held)
        assert answers(held) == {TOKEN: None}

    def test_after_the_end_of_the_execution_it_is_refused(
        self, waiting: Run, held: Platform
    ) -> None:
        token = token_of(waiting, held)
        cancelling.cancel(USER, waiting.execution_id, platform=held)
        with pytest.raises(ExecutionEnded):
            callbacks.receive(token, PAID, platform=held)

    def test_what_was_kept_and_never_taken_is_told_so(self, run: Run, held: Platform) -> None:
        post(run, held)
        token = token_of(run, held)
        cancelling.cancel(USER, run.execution_id, platform=held)
        with pytest.raises(CallbackExpired):
            callbacks.receive(token, PAID, platform=held)

    def test_a_skipped_node_takes_none(self, held: Platform) -> None:
        never = graph(
            [
                node("url", "callback_url", node="paid"),
                node("c", "condition", left=1, operator="empty"),
                node("paid", "wait_for_event"),
            ],
            "c.then -> paid.after",
        )
        run = started(never, held)
        for one in ("url", "c"):
            nodes.run(run, one, platform=held)
        assert ask(run, "paid", held) == "SKIPPED"
        with pytest.raises(CallbackExpired):
            post(run, held)


def test_it_stands_in_the_log_once_with_where_it_came_from(waiting: Run, held: Platform) -> None:
    for _ in range(2):
        token = token_of(waiting, held)
        callbacks.receive(token, PAID, Origin("192.0.2.7"), platform=held)
    (entry,) = audit.listing(USER, page=PageRequest(), platform=held)["items"]
    assert (entry["action"], entry["by"], entry["source"], entry["resource"]) == (
        "receive_event",
        "callback",
        "192.0.2.7",
        f"{waiting.execution_id}/paid",
    )
    assert token not in str(entry)
