"""An account that is deleted: at once nobody gets in, and in the end nothing is left."""

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any, cast

import pytest

from strata import audit, departures, erasing, executions, graphs, reconciling, triggers, users
from strata.memory import Memory
from strata.model.errors import (
    InvalidCredentials,
    LastAdmin,
    NotFound,
    OwnAccount,
    Unavailable,
)
from strata.model.origin import NOWHERE, Origin
from strata.model.user import Caller
from strata.pacing import Pace
from strata.paging import PageRequest
from strata.platform import Platform
from strata.ports import Put, Query
from strata.store import keys
from strata.store import users as stored
from tests.builders import graph, node
from tests.held_clock import START, HeldClock
from tests.held_loops import play_loops
from tests.held_platform import USER, HeldMachines, owner
from tests.inhabitants import LONG, Inhabitant, blobs, newcomer, settled, traces
from tests.unit.functions.gateway import opened
from tests.watched_table import Operation, watched

PASSWORD = "correct horse battery staple"
STILL = 1_200


@pytest.fixture(autouse=True)
def log(told: StringIO) -> StringIO:
    return told


@pytest.fixture
def ada(held: Platform) -> Inhabitant:
    return settled(held)


def leave(ada: Inhabitant, platform: Platform | None = None, password: str = PASSWORD) -> Any:
    caller = Caller(ada.user_id, frozenset())
    return departures.leave(caller, password, NOWHERE, platform=platform or ada.platform)


def sweep(platform: Platform) -> dict[str, int]:
    """A sweep after all that was under way is over."""
    cast("HeldClock", platform.clock).sleep(STILL)
    reconciling.sweep(120, platform=platform)
    return departures.sweep(120, platform=platform)


def machines(platform: Platform) -> HeldMachines:
    assert isinstance(platform.machines, HeldMachines)
    return platform.machines


class TestAtOnce:
    def test_nobody_gets_in_any_more(self, ada: Inhabitant) -> None:
        leave(ada)
        answer = ada.gateway.call("GET", "/v1/auth/me")
        assert (answer.status, answer.code) == (401, "invalid_token")
        account = {"email": ada.email, "password": PASSWORD}
        again = ada.gateway.call("POST", "/v1/auth/login", account)
        assert (again.status, again.code) == (401, "invalid_credentials")

    def test_what_runs_is_cancelled_and_its_machine_stopped(self, ada: Inhabitant) -> None:
        running = listed(ada, "RUNNING")
        assert running
        leave(ada)
        assert listed(ada, "RUNNING") == listed(ada, "QUEUED") == []
        assert set(running) <= machines(ada.platform).stopped

    def test_keys_triggers_and_credentials_are_gone(self, ada: Inhabitant, tmp_path: Path) -> None:
        leave(ada)
        for kind in ("KEY#", "TRIGGER#", "CREDENTIAL#"):
            assert not [row for row in traces(tmp_path, ada.user_id) if kind in row]

    def test_the_address_is_not_free_before_all_is_gone(self, ada: Inhabitant) -> None:
        leave(ada)
        account = {"email": ada.email, "password": PASSWORD}
        assert ada.gateway.call("POST", "/v1/auth/register", account).code == "email_taken"

    def test_a_wrong_password_changes_nothing(self, ada: Inhabitant) -> None:
        with pytest.raises(InvalidCredentials):
            leave(ada, password="another password, and long")
        assert ada.gateway.call("GET", "/v1/auth/me").status == 200

    def test_the_last_admin_stays(self, ada: Inhabitant) -> None:
        users.set_role(ada.email, "admin", platform=ada.platform)
        with pytest.raises(LastAdmin):
            leave(ada)
        assert ada.gateway.call("GET", "/v1/auth/me").status == 200
        assert departures.sweep(0, platform=ada.platform) == {"leaving": 0, "departed": 0}

    def test_what_fails_after_the_beginning_is_made_up_for(
        self, ada: Inhabitant, tmp_path: Path, log: StringIO
    ) -> None:
        machines(ada.platform).down = True
        assert leave(ada) == {"status": "leaving"}
        machines(ada.platform).down = False
        told = sweep(ada.platform)
        assert told == {"leaving": 0, "departed": 1}, log.getvalue().splitlines()[-2:]
        assert traces(tmp_path, ada.user_id) == []


def listed(ada: Inhabitant, status: Any) -> list[str]:
    page = PageRequest(100)
    found = executions.listing(ada.user_id, status=status, page=page, platform=ada.platform)
    return [one["id"] for one in found["items"]]


class TestInTheEnd:
    def test_nothing_is_left_but_the_audit_log(self, ada: Inhabitant, tmp_path: Path) -> None:
        rows = traces(tmp_path, ada.user_id)
        assert len(rows) > 50
        assert [row for row in rows if "#x:1/y:1 " in row]
        # One of them by an execution that never said how many there are.
        assert len([row for row in rows if "#x:1 ITEM " in row]) == 2
        assert blobs(tmp_path)
        leave(ada)
        assert sweep(ada.platform) == {"leaving": 0, "departed": 1}
        assert traces(tmp_path, ada.user_id, ada.email) == []
        assert blobs(tmp_path) == []

    def test_nothing_of_anybody_else_is_gone(self, held: Platform, tmp_path: Path) -> None:
        ada, bob = settled(held), settled(held, "bob@example.com")
        before = set(traces(tmp_path, bob.user_id, bob.email))
        leave(ada)
        sweep(held)
        assert before <= set(traces(tmp_path, bob.user_id, bob.email))
        assert len(blobs(tmp_path)) > 0

    def test_the_audit_log_stays_and_has_no_address(self, ada: Inhabitant, tmp_path: Path) -> None:
        leave(ada)
        sweep(ada.platform)
        told = audit.listing(ada.user_id, page=PageRequest(100), platform=ada.platform)["items"]
        assert {"register", "log_in", "create_graph"} <= {one["action"] for one in told}
        assert ada.email not in str(told)

    def test_the_address_is_free_and_names_somebody_new(self, ada: Inhabitant) -> None:
        leave(ada)
        sweep(ada.platform)
        again = newcomer(ada.platform, ada.email)
        assert again.user_id != ada.user_id
        assert again.did("GET", "/v1/graphs")["items"] == []

    def test_it_is_not_before_what_was_under_way_is_over(
        self, ada: Inhabitant, clock: HeldClock, tmp_path: Path
    ) -> None:
        leave(ada)
        clock.sleep(STILL - 1)
        assert departures.sweep(120, platform=ada.platform) == {"leaving": 1, "departed": 0}
        assert traces(tmp_path, ada.email)

    def test_what_was_written_late_goes_too(self, ada: Inhabitant, tmp_path: Path) -> None:
        """By a request that was under way when the account was given up."""
        leave(ada)
        made = graphs.create(ada.user_id, LONG, platform=ada.platform)["id"]
        triggers.create(owner(ada.user_id), made, "queue", platform=ada.platform)
        executions.start(ada.user_id, made, {}, platform=ada.platform)
        sweep(ada.platform)
        assert traces(tmp_path, ada.user_id) == []
        assert blobs(tmp_path) == []

    def test_an_execution_that_cannot_be_stopped_holds_all_back(
        self, ada: Inhabitant, tmp_path: Path
    ) -> None:
        machines(ada.platform).down = True
        leave(ada)
        assert sweep(ada.platform) == {"leaving": 1, "departed": 0}
        machines(ada.platform).down = False
        assert sweep(ada.platform) == {"leaving": 0, "departed": 1}

    def test_an_account_is_deleted_once(self, ada: Inhabitant) -> None:
        leave(ada)
        sweep(ada.platform)
        assert sweep(ada.platform) == {"leaving": 0, "departed": 0}

    def test_what_still_runs_is_stopped_before_it_goes(
        self, ada: Inhabitant, tmp_path: Path
    ) -> None:
        """Its index may have been late."""
        running = listed(ada, "RUNNING")
        erasing.erase(ada.user_id, Pace(10_000), ada.platform)
        assert set(running) <= machines(ada.platform).stopped
        left = {row.partition(" ")[0] for row in traces(tmp_path, ada.user_id)}
        assert left <= {f"USER#{ada.user_id}", f"EMAIL#{ada.email}"} | {
            row.partition(" ")[0] for row in traces(tmp_path, "KEY#", "TRIGGER#")
        }

    def test_what_cannot_be_stopped_now_stays(self, ada: Inhabitant) -> None:
        running = listed(ada, "RUNNING")
        machines(ada.platform).down = True
        with pytest.raises(Unavailable):
            erasing.erase(ada.user_id, Pace(10_000), ada.platform)
        assert listed(ada, "CANCELLED") == running

    def test_an_execution_whose_end_is_being_told_stays(
        self, ada: Inhabitant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        leave(ada)
        monkeypatch.setattr(HeldMachines, "forget", lambda *_: False)
        assert sweep(ada.platform) == {"leaving": 1, "departed": 0}
        monkeypatch.undo()
        assert sweep(ada.platform) == {"leaving": 0, "departed": 1}

    def test_a_loop_of_many_items_goes_from_its_end(self, held: Platform, tmp_path: Path) -> None:
        ada = newcomer(held)
        items = list(range(37))
        made = graph(
            [node("x", "for_each", items=items), node("a", parent="x")], "x.item -> a.value"
        )
        play_loops(ada.begun(ada.saved(made)), held)
        leave(ada)
        assert sweep(held) == {"leaving": 0, "departed": 1}
        assert traces(tmp_path, ada.user_id) == []

    def test_an_address_that_is_somebody_elses_by_now_stays_theirs(
        self, ada: Inhabitant, tmp_path: Path
    ) -> None:
        leave(ada)
        key = keys.email(ada.email)
        ada.platform.table.write(Put({**key._asdict(), "user_id": USER}))
        assert sweep(ada.platform) == {"leaving": 0, "departed": 1}
        assert traces(tmp_path, ada.user_id) == []
        assert ada.platform.table.get(key) == {**key._asdict(), "user_id": USER}


class TestByOthers:
    @pytest.fixture
    def admin(self, held: Platform) -> Caller:
        root = newcomer(held, "root@example.com")
        users.set_role(root.email, "admin", platform=held)
        return Caller(root.user_id, frozenset())

    def test_an_admin_deletes_another_account(
        self, ada: Inhabitant, admin: Caller, tmp_path: Path
    ) -> None:
        departures.remove(ada.user_id, admin, Origin("192.0.2.9"), platform=ada.platform)
        sweep(ada.platform)
        assert traces(tmp_path, ada.user_id, ada.email) == []

    def test_it_stands_in_the_log_of_whom_it_happened_to(
        self, ada: Inhabitant, admin: Caller
    ) -> None:
        departures.remove(ada.user_id, admin, Origin("192.0.2.9"), platform=ada.platform)
        told = audit.listing(ada.user_id, page=PageRequest(1), platform=ada.platform)["items"][0]
        assert (told["action"], told["actor"]) == ("status_set_to_leaving", admin.user_id)

    def test_twice_is_once(self, ada: Inhabitant, admin: Caller) -> None:
        for _ in range(2):
            told = departures.remove(ada.user_id, admin, NOWHERE, platform=ada.platform)
            assert told == {"status": "leaving"}
        assert self.told(ada) == [admin.user_id]
        assert sweep(ada.platform)["departed"] == 1

    def test_who_leaves_by_themselves_was_removed_by_nobody(
        self, ada: Inhabitant, admin: Caller
    ) -> None:
        leave(ada)
        departures.remove(ada.user_id, admin, NOWHERE, platform=ada.platform)
        assert self.told(ada) == []

    def told(self, ada: Inhabitant) -> list[str]:
        """Who set that user to leaving."""
        page, action = PageRequest(), "status_set_to_leaving"
        found = audit.listing(ada.user_id, action=action, page=page, platform=ada.platform)
        return [one["actor"] for one in found["items"]]

    def test_nobody_deletes_their_own_account_like_that(
        self, held: Platform, admin: Caller
    ) -> None:
        with pytest.raises(OwnAccount):
            departures.remove(admin.user_id, admin, NOWHERE, platform=held)

    def test_an_absent_user_is_not_found(self, held: Platform, admin: Caller) -> None:
        with pytest.raises(NotFound):
            departures.remove("usr_" + "9" * 26, admin, NOWHERE, platform=held)


class TestInSteps:
    def test_each_sweep_goes_on_where_the_last_one_ended(
        self, ada: Inhabitant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(departures, "STEPS_OF_REQUEST", 8)
        monkeypatch.setattr(departures, "STEPS_OF_SWEEP", 25)
        leave(ada)
        sweeps = 0
        while sweep(ada.platform)["leaving"]:
            sweeps += 1
            assert sweeps < 40
        assert sweeps > 1
        assert traces(tmp_path, ada.user_id, ada.email) == []

    def test_one_that_fails_does_not_keep_others(
        self, held: Platform, log: StringIO, tmp_path: Path
    ) -> None:
        ada, bob = newcomer(held), newcomer(held, "bob@example.com")
        for one in (ada, bob):
            leave(one)

        def down(_: Operation, asked: Any) -> None:
            if isinstance(asked, Query) and asked.pk.startswith(f"USER#{ada.user_id}"):
                raise Unavailable

        assert sweep(watched(held, before=down)[0]) == {"leaving": 1, "departed": 1}
        assert traces(tmp_path, bob.email) == []
        assert '"user_id":"' + ada.user_id in log.getvalue().replace(": ", ":")

    def test_a_sweep_ends_in_time_for_the_next(self, held: Platform, clock: HeldClock) -> None:
        for number in range(3):
            leave(newcomer(held, f"{number}@example.com"))

        def slowly(_: Operation, asked: Any) -> None:
            if isinstance(asked, Query) and asked.pk == keys.leaving("").pk:
                return
            clock.sleep(30)

        clock.sleep(STILL)
        told = departures.sweep(120, platform=watched(held, before=slowly)[0])
        assert told["departed"] < 3
        assert told["departed"] + told["leaving"] == 3
        assert departures.sweep(120, platform=held)["leaving"] == 0


class Crash(BaseException):
    """Nothing of the process runs any more."""


def crashing(platform: Platform, number: int, moment: str) -> tuple[Platform, list[int]]:
    """The process vanishes at its n-th write; the next one knows nothing. How many are left."""
    left = [number]

    def step(operation: Operation, _: Any) -> None:
        left[0] -= operation.startswith("write")
        if left[0] == 0 and operation.startswith("write"):
            raise Crash

    fresh = replace(platform, memory=Memory())
    return watched(fresh, **{moment: step})[0], left


@pytest.mark.parametrize("moment", ["before", "after"])
def test_after_a_crash_at_any_write_the_next_sweep_ends_it(tmp_path: Path, moment: str) -> None:
    first = tmp_path / "0"
    first.mkdir()
    with opened(first, HeldClock()) as held:
        ada = settled(held)
    number, is_over = 0, False
    while not is_over:
        number += 1
        folder = shutil.copytree(first, tmp_path / str(number))
        is_over = _ends_though(folder, ada, number, moment)
    assert number > 20


def _ends_though(folder: Path, ada: Inhabitant, number: int, moment: str) -> bool:
    """Whether there was no write left for the crash."""
    with opened(folder, HeldClock(START + timedelta(minutes=1))) as held:
        platform, left = crashing(held, number, moment)
        try:
            leave(ada, platform)
            sweep(platform)
        except Crash:
            user = stored.by_id(ada.user_id, held)
            if user is not None and user.is_active:
                leave(ada, held)
            sweep(held)
        assert traces(folder, ada.user_id, ada.email) == []
        assert blobs(folder) == []
        return left[0] > 0


def test_a_partition_that_is_new_must_be_deleted_too() -> None:
    """Every partition whose key begins with the user is deleted by its name, or in a way of its
    own; an index alone needs nothing."""
    files = Path(keys.__file__).parent.glob("*.py")
    text = "".join(file.read_text("utf-8") for file in files)
    found = set(re.findall(r'f"USER#\{[a-z_.]+\}#([A-Z_]+)', text))
    by_name = {one.rpartition("#")[2] for one in keys.partitions("u")}
    in_ways_of_their_own = {"GRAPH", "EXECUTION"}
    indexes = {"GRAPHS", "EXECUTIONS", "STATUS", "KEYS"}
    assert found == by_name | in_ways_of_their_own | indexes | {"AUDIT"}
