"""A trigger's token is shown once, and one message starts one execution."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from strata import audit, executions, graphs, triggers
from strata.model.errors import InvalidInputs, NotFound, PermissionDenied, VersionConflict
from strata.model.idempotency import Idempotency
from strata.model.user import UserStatus
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Delete
from strata.store import keys, users
from strata.triggers import Message
from tests.at_once import at_once
from tests.builders import chain, graph, node
from tests.held_clock import HeldClock
from tests.held_platform import OTHER_USER, USER, add_user, owner, play, run_of
from tests.unit.pages import all_items
from tests.watched_table import after_first, watched

ABSENT = "trg_00000000000000000000000009"
DAY = 24 * 3600


@pytest.fixture
def graph_id(held: Platform) -> str:
    add_user(held)
    made = graph(
        [node("i", "input", name="n", type="integer", default=0), node("o", "output", name="n")],
        "i.value -> o.value",
    )
    return str(graphs.create(USER, made, platform=held)["id"])


@pytest.fixture
def trigger(held: Platform, graph_id: str) -> dict[str, Any]:
    return triggers.create(owner(), graph_id, "queue", "Nightly", platform=held)


def message(trigger: dict[str, Any], deduplication_id: str = "1", **inputs: Any) -> Message:
    return Message(trigger["id"], trigger["token"], inputs, deduplication_id)


def started(platform: Platform) -> list[str]:
    found = all_items(lambda page: executions.listing(USER, page=page, platform=platform))
    return [one["id"] for one in found]


def every_text(folder: Path) -> str:
    with closing(sqlite3.connect(folder / "strata.db")) as database:
        return "\n".join(text for (text,) in database.execute("SELECT item FROM items"))


class TestCreate:
    def test_its_token_is_shown_once(self, held: Platform, graph_id: str) -> None:
        made = triggers.create(owner(), graph_id, "queue", "Nightly", platform=held)
        assert made == {
            "id": made["id"],
            "graph_id": graph_id,
            "kind": "queue",
            "name": "Nightly",
            "enabled": True,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
            "revision": 1,
            "token": made["token"],
        }
        token = made.pop("token")
        assert len(token) > 40
        assert triggers.get(USER, made["id"], platform=held) == made

    def test_the_same_request_shows_it_again(self, held: Platform, graph_id: str) -> None:
        key = Idempotency("key", "digest")
        create = partial(triggers.create, owner(), graph_id, "queue", idempotency=key)
        assert create(platform=held) == create(platform=held)

    def test_the_table_never_holds_it_in_clear(
        self, held: Platform, graph_id: str, tmp_path: Path
    ) -> None:
        key = Idempotency("key", "digest")
        made = triggers.create(owner(), graph_id, "queue", idempotency=key, platform=held)
        triggers.start_queued(message(made), platform=held)
        assert made["id"] in every_text(tmp_path)
        assert made["token"] not in every_text(tmp_path)
        assert made["token"].removeprefix("stq_") not in every_text(tmp_path)

    def test_each_has_a_token_of_its_own(self, held: Platform, graph_id: str) -> None:
        tokens = {triggers.create(owner(), graph_id, "queue", platform=held)["token"] for _ in "ab"}
        assert len(tokens) == 2

    def test_a_graph_that_is_not_there_has_none(self, held: Platform, graph_id: str) -> None:
        graphs.delete(USER, graph_id, platform=held)
        with pytest.raises(NotFound):
            triggers.create(owner(), graph_id, "queue", platform=held)


class TestStart:
    def test_a_message_starts_an_execution_with_its_inputs(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        view = triggers.start_queued(message(trigger, n=7), platform=held)
        assert (view["trigger"], view["inputs"]) == (trigger["id"], {"n": 7})
        assert play(run_of(view, USER), held)["outputs"] == {"n": 7}

    @pytest.mark.parametrize("token", ["", "x", "stq_", "STQ_"])
    def test_a_wrong_token_is_told_as_a_trigger_that_is_not_there(
        self, held: Platform, trigger: dict[str, Any], token: str
    ) -> None:
        told = []
        for one in (Message(trigger["id"], token, {}, "1"), Message(ABSENT, token, {}, "1")):
            with pytest.raises(NotFound) as raised:
                triggers.start_queued(one, platform=held)
            told.append(raised.value.detail)
        assert told[0] == told[1]
        assert started(held) == []

    def test_it_stands_in_the_log_by_the_trigger(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        begun = triggers.start_queued(message(trigger), platform=held)
        entry = audit.listing(USER, page=PageRequest(), platform=held)["items"][0]
        assert (entry["actor"], entry["action"], entry["by"], entry["resource"]) == (
            USER,
            "start_queued",
            trigger["id"],
            f"{begun['graph_id']}/{begun['id']}",
        )

    def test_the_token_of_another_trigger_is_a_wrong_one(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        other = triggers.create(owner(), graph_id, "queue", platform=held)
        with pytest.raises(NotFound):
            triggers.start_queued(Message(trigger["id"], other["token"], {}, "1"), platform=held)

    def test_one_that_is_switched_off_starts_nothing(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        triggers.change(owner(), trigger["id"], {"enabled": False}, platform=held)
        with pytest.raises(PermissionDenied):
            triggers.start_queued(message(trigger), platform=held)
        assert started(held) == []

    def test_one_that_was_switched_on_again_starts_it(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        for enabled in (False, True):
            triggers.change(owner(), trigger["id"], {"enabled": enabled}, platform=held)
        triggers.start_queued(message(trigger), platform=held)

    def test_one_made_switched_off_starts_nothing(self, held: Platform, graph_id: str) -> None:
        made = triggers.create(owner(), graph_id, "queue", enabled=False, platform=held)
        with pytest.raises(PermissionDenied):
            triggers.start_queued(message(made), platform=held)

    def test_inputs_that_do_not_fit_are_refused(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidInputs):
            triggers.start_queued(message(trigger, n="x"), platform=held)

    def test_the_version_that_is_active_now_runs(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        graphs.save(USER, graph_id, chain(2), platform=held)
        view = triggers.start_queued(message(trigger), platform=held)
        assert view["graph_version"] == 2

    @pytest.mark.parametrize("status", ["disabled", "leaving"])
    def test_the_trigger_of_a_user_who_may_not_come_in_starts_nothing(
        self, held: Platform, trigger: dict[str, Any], status: UserStatus
    ) -> None:
        ada = users.by_id(USER, held)
        assert ada is not None
        users.change_standing(ada, ada.role, status, held)
        with pytest.raises(PermissionDenied, match="not active"):
            triggers.start_queued(message(trigger), platform=held)
        assert started(held) == []

    def test_the_trigger_of_nobody_starts_nothing(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        held.table.write(Delete(keys.user(USER)))
        with pytest.raises(PermissionDenied, match="not active"):
            triggers.start_queued(message(trigger), platform=held)

    def test_a_deleted_graph_or_trigger_starts_nothing(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        other = triggers.create(owner(), graph_id, "queue", platform=held)
        triggers.delete(USER, trigger["id"], platform=held)
        with pytest.raises(NotFound):
            triggers.start_queued(message(trigger), platform=held)
        graphs.delete(USER, graph_id, platform=held)
        with pytest.raises(NotFound):
            triggers.start_queued(message(other), platform=held)


class TestDeduplication:
    def test_the_same_id_starts_one_execution(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        first = triggers.start_queued(message(trigger, n=1), platform=held)
        again = triggers.start_queued(message(trigger, n=2), platform=held)
        assert again == first
        assert started(held) == [first["id"]]

    def test_twenty_at_once_start_one(self, held: Platform, trigger: dict[str, Any]) -> None:
        start = partial(triggers.start_queued, message(trigger), platform=held)
        views = at_once(20, lambda _: start())
        assert started(held) == [*{view["id"] for view in views}]

    def test_another_id_or_trigger_starts_another(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        other = triggers.create(owner(), graph_id, "queue", platform=held)
        for one in (message(trigger, "1"), message(trigger, "2"), message(other, "1")):
            triggers.start_queued(one, platform=held)
        assert len(started(held)) == 3

    def test_it_outlives_the_time_that_a_message_can_wait(
        self, held: Platform, trigger: dict[str, Any], clock: HeldClock
    ) -> None:
        triggers.start_queued(message(trigger), platform=held)
        clock.sleep(14 * DAY)
        triggers.start_queued(message(trigger), platform=held)
        assert len(started(held)) == 1
        clock.sleep(2 * DAY)
        triggers.start_queued(message(trigger), platform=held)
        assert len(started(held)) == 2

    def test_the_longest_id_is_one_too(self, held: Platform, trigger: dict[str, Any]) -> None:
        for _ in range(2):
            triggers.start_queued(message(trigger, "😀" * 255), platform=held)
        assert len(started(held)) == 1

    def test_no_caller_s_own_key_meets_it(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        triggers.start_queued(message(trigger, "1"), platform=held)
        for key in ("1", trigger["id"], f"queue {trigger['id']} 1"):
            executions.start(
                USER, graph_id, {}, idempotency=Idempotency(key, "digest"), platform=held
            )
        assert len(started(held)) == 4


class TestChange:
    def test_it_changes_what_it_names_alone(
        self, held: Platform, trigger: dict[str, Any], clock: HeldClock
    ) -> None:
        clock.sleep(1)
        changed = triggers.change(owner(), trigger["id"], {"name": "Daily"}, platform=held)
        del trigger["token"]
        new = {"name": "Daily", "revision": 2, "updated_at": "2026-03-01T12:00:01.000Z"}
        assert changed == {**trigger, **new}

    @pytest.mark.parametrize(("if_match", "taken"), [('"1"', True), ("*", True), ('"2"', False)])
    def test_a_stale_tag_is_refused(
        self, held: Platform, trigger: dict[str, Any], if_match: str, taken: bool
    ) -> None:
        change = partial(triggers.change, owner(), trigger["id"], {"name": "Daily"})
        if taken:
            assert change(if_match=if_match, platform=held)["revision"] == 2
        else:
            with pytest.raises(VersionConflict):
                change(if_match=if_match, platform=held)

    def test_of_two_changes_at_the_same_time_one_is_refused(
        self, held: Platform, trigger: dict[str, Any]
    ) -> None:
        first = partial(triggers.change, owner(), trigger["id"], {"name": "First"}, platform=held)
        late, _ = watched(held, after=after_first("get", first))
        with pytest.raises(VersionConflict):
            triggers.change(owner(), trigger["id"], {"name": "Second"}, platform=late)

    @pytest.mark.parametrize(
        "act",
        [
            partial(triggers.change, owner(), changes={"name": "New"}),
            partial(triggers.delete, USER),
        ],
    )
    def test_one_deleted_meanwhile_is_not_found(
        self, held: Platform, trigger: dict[str, Any], act: Any
    ) -> None:
        delete = partial(triggers.delete, USER, trigger["id"], platform=held)
        late, _ = watched(held, after=after_first("get", delete))
        with pytest.raises(NotFound):
            act(trigger["id"], platform=late)


class TestList:
    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_they_come_newest_first(self, held: Platform, graph_id: str, limit: int) -> None:
        ids = [triggers.create(owner(), graph_id, "queue", platform=held)["id"] for _ in range(3)]
        found = all_items(
            lambda page: triggers.listing(USER, graph_id, page=page, platform=held), limit
        )
        assert [one["id"] for one in found] == ids[::-1]

    def test_none_shows_a_token_or_its_hash(
        self, held: Platform, graph_id: str, trigger: dict[str, Any]
    ) -> None:
        [found] = all_items(lambda page: triggers.listing(USER, graph_id, page=page, platform=held))
        assert not found.keys() & {"token", "token_hash", "user_id"}

    def test_another_user_finds_none(self, held: Platform, trigger: dict[str, Any]) -> None:
        with pytest.raises(NotFound):
            triggers.get(OTHER_USER, trigger["id"], platform=held)
