"""What a use case asks of AWS, call by call: a warm process, then one that has just begun."""

from collections import Counter
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from strata import executions, graphs, nodes, sessions, tokens, triggers
from strata.aws.platform import connect
from strata.http.access import verdict
from strata.identities import identify
from strata.memory import Memory
from strata.model.execution import Run
from strata.model.graph import Graph
from strata.model.idempotency import Idempotency
from strata.model.origin import NOWHERE
from strata.model.user import User
from strata.paging import PageRequest
from strata.platform import Platform
from strata.settings import Settings
from strata.store import users
from strata.triggers import Message
from tests.account import CLIENTS, with_keys
from tests.builders import chain, graph, layered, node, traced
from tests.faults import Line
from tests.held_api_keys import made, with_owner
from tests.held_clock import HeldClock
from tests.held_platform import add_user, owner

USER = "usr_00000000000000000000000001"
START = Counter(TransactWriteItems=1, StartExecution=1)
LIGHT = Counter(BatchGetItem=1, TransactWriteItems=1)
CLAIMED = LIGHT + Counter(UpdateItem=1)


MATCHED = graph(
    [
        node("a", "regex_extract", text="x", pattern="x"),
        node("b", "regex_extract", pattern="x"),
        node("c", "regex_extract", pattern="x"),
    ],
    "a.match -> b.text",
    "b.match -> c.text",
)
"""A chain of nodes that are not light."""


class Calls:
    """Counts what happens from one look to the next."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def of(self, action: Any) -> Counter[str]:
        self._line.calls.clear()
        action()
        return self._line.calls


@pytest.fixture
def calls(line: Line) -> Calls:
    return Calls(line)


def warm(platform: Platform, made: Graph, **inputs: Any) -> Run:
    """An execution by a process that has started one of the graph before."""
    graph_id = graphs.create(USER, made, platform=platform)["id"]
    for _ in range(2):
        view = executions.start(USER, graph_id, inputs, platform=platform)
    return Run(view["id"], USER, graph_id, 1)


def cold(platform: Platform) -> Platform:
    return replace(platform, memory=Memory())


class TestStart:
    def test_it_takes_two_calls(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, chain(2))
        assert calls.of(lambda: executions.start(USER, run.graph_id, {}, platform=aws)) == START

    @pytest.mark.parametrize("key", ["first", "again"])
    def test_with_an_idempotency_key_too(self, aws: Platform, calls: Calls, key: str) -> None:
        run = warm(aws, chain(2))
        start = Start(run, aws)
        if key == "again":
            start()
        assert calls.of(start) == START

    def test_the_first_of_a_process_reads_the_graph_and_its_plan(
        self, aws: Platform, calls: Calls
    ) -> None:
        run, beginning = warm(aws, chain(2)), cold(aws)
        found = calls.of(lambda: executions.start(USER, run.graph_id, {}, platform=beginning))
        assert found == START + Counter(GetItem=2)

    def test_the_first_of_a_version_makes_its_machine(self, aws: Platform, calls: Calls) -> None:
        graph_id = graphs.create(USER, chain(2), platform=aws)["id"]
        executions.start(USER, graph_id, {}, platform=aws)
        graphs.save(USER, graph_id, chain(3), platform=aws)
        found = calls.of(lambda: executions.start(USER, graph_id, {}, platform=cold(aws)))
        assert found["CreateStateMachine"] == 1
        assert found["DescribeStateMachine"] == found["DescribeExecution"] == 0

    def test_a_message_reads_its_trigger_and_its_user_and_is_audited_besides(
        self, aws: Platform, aws_settings: Settings, clock: HeldClock, calls: Calls
    ) -> None:
        run = warm(aws, chain(2))
        add_user(aws)
        trigger = triggers.create(owner(), run.graph_id, "queue", platform=aws)
        for one in ("1", "2"):
            message = Message(trigger["id"], trigger["token"], {}, one)
            found = calls.of(lambda sent=message: triggers.start_queued(sent, platform=aws))
        assert found == START + Counter(GetItem=2, PutItem=1)


class Start:
    """A start under one idempotency key."""

    def __init__(self, run: Run, platform: Platform) -> None:
        self._run, self._platform = run, platform

    def __call__(self) -> None:
        key = Idempotency("key", "digest")
        executions.start(USER, self._run.graph_id, {}, idempotency=key, platform=self._platform)


class TestStatus:
    def test_it_takes_one_call_in_any_process(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, layered(3, 10))
        for one in ("n0_00", "n0_01"):
            nodes.run(run, one, platform=aws)
        for platform in (aws, cold(aws)):
            found = calls.of(
                lambda process=platform: executions.get(USER, run.execution_id, platform=process)
            )
            assert found == Counter(Query=1)

    def test_a_list_takes_one_call(self, aws: Platform, calls: Calls) -> None:
        warm(aws, chain(2))
        listing = calls.of(lambda: executions.listing(USER, page=PageRequest(), platform=cold(aws)))
        assert listing == Counter(Query=1)


class TestNode:
    def test_it_takes_three_calls(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, MATCHED)
        nodes.run(run, "a", platform=aws)
        assert calls.of(lambda: nodes.run(run, "b", platform=aws)) == CLAIMED

    def test_a_light_one_takes_two(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, chain(4))
        nodes.run(run, "n000", platform=aws)
        assert calls.of(lambda: nodes.run(run, "n001", platform=aws)) == LIGHT

    def test_light_ones_that_share_a_task_take_two_together(
        self, aws: Platform, calls: Calls
    ) -> None:
        run, names = warm(aws, chain(41)), [f"n{number:03}" for number in range(40)]
        assert calls.of(lambda: nodes.run_together(run, names, platform=aws)) == LIGHT

    def test_the_first_node_takes_no_more(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, MATCHED)
        found = calls.of(lambda: nodes.run(run, "a", platform=aws))
        assert found == Counter(BatchGetItem=1, TransactWriteItems=2)
        light = warm(aws, chain(4))
        assert calls.of(lambda: nodes.run(light, "n000", platform=aws)) == LIGHT

    def test_one_with_many_sources_takes_no_more(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, layered(3, 10))
        for number in range(10):
            nodes.run(run, f"n0_{number:02}", platform=aws)
        assert calls.of(lambda: nodes.run(run, "n1_00", platform=aws)) == LIGHT

    def test_the_first_of_a_process_reads_the_plan(self, aws: Platform, calls: Calls) -> None:
        run, beginning = warm(aws, chain(4)), cold(aws)
        nodes.run(run, "n000", platform=aws)
        found = calls.of(lambda: nodes.run(run, "n001", platform=beginning))
        assert found == LIGHT + Counter(GetItem=1)

    def test_a_repeated_one_takes_one(self, aws: Platform, calls: Calls) -> None:
        run = warm(aws, chain(4))
        nodes.run(run, "n000", platform=aws)
        assert calls.of(lambda: nodes.run(run, "n000", platform=aws)) == Counter(BatchGetItem=1)

    def test_a_skipped_one_takes_two(self, aws: Platform, calls: Calls) -> None:
        made = graph(
            [node("a", value=1), node("b"), node("c"), node("d")],
            "a.error -> b.value",
            "b.value -> c.value",
            "c.value -> d.value",
        )
        run = warm(aws, made)
        nodes.run(run, "a", platform=aws)
        found = calls.of(lambda: nodes.run(run, "b", platform=aws))
        assert found == Counter(BatchGetItem=1, PutItem=1)

    def test_a_large_value_takes_one_call_to_read_and_two_to_write(
        self, aws: Platform, calls: Calls
    ) -> None:
        made = graph(
            [node("i", "input", name="i"), node("a"), node("b"), node("c")],
            "i.value -> a.value",
            "a.value -> b.value",
            "b.value -> c.value",
        )
        run = warm(aws, made, i="x" * 200_000)
        nodes.run(run, "i", platform=aws)
        found = calls.of(lambda: nodes.run(run, "a", platform=aws))
        assert found == LIGHT + Counter(GetObject=1, HeadObject=1, PutObject=1)

    def test_one_of_several_last_ones_looks_at_the_others(
        self, aws: Platform, calls: Calls
    ) -> None:
        run = warm(aws, traced(layered(2, 3)))
        for number in range(3):
            nodes.run(run, f"n0_{number:02}", platform=aws)
        found = calls.of(lambda: nodes.run(run, "n1_00", platform=aws))
        assert found == LIGHT + Counter(BatchGetItem=1)

    def test_the_very_last_one_ends_the_execution_in_two_more(
        self, aws: Platform, calls: Calls
    ) -> None:
        run = warm(aws, chain(2))
        nodes.run(run, "n000", platform=aws)
        found = calls.of(lambda: nodes.run(run, "n001", platform=aws))
        assert found == LIGHT + Counter(Query=1, TransactWriteItems=1)
        assert executions.get(USER, run.execution_id, platform=aws)["status"] == "COMPLETED"


class TestWhoCalls:
    """What the authorizer asks of AWS before a function is called."""

    @pytest.fixture
    def world(self, aws_settings: Settings, clock: HeldClock) -> Platform:
        return with_owner(connect(with_keys(aws_settings), clock, CLIENTS))

    def test_a_token_takes_one_read_and_one_count(self, world: Platform, calls: Calls) -> None:
        user = users.by_id(USER, world)
        assert user is not None
        token = sessions.begin(user, NOWHERE, platform=world).access_token
        ask = partial(admit, world, authorization=f"Bearer {token}")
        ask()
        assert calls.of(ask) == Counter(BatchGetItem=1, UpdateItem=1)

    def test_a_key_takes_two_reads_and_one_count(self, world: Platform, calls: Calls) -> None:
        ask = partial(admit, world, **{"x-api-key": made(world)["key"]})
        ask()
        assert calls.of(ask) == Counter(GetItem=2, UpdateItem=1)

    def test_the_first_request_of_a_minute_begins_it_and_notes_the_use(
        self, world: Platform, clock: HeldClock, calls: Calls
    ) -> None:
        ask = partial(admit, world, **{"x-api-key": made(world)["key"]})
        assert calls.of(ask)["UpdateItem"] == 3
        clock.sleep(60)
        assert calls.of(ask)["UpdateItem"] == 3

    def test_a_key_with_limits_of_its_own_is_counted_besides(
        self, world: Platform, calls: Calls
    ) -> None:
        ask = partial(admit, world, **{"x-api-key": made(world, requests_per_minute=2)["key"]})
        ask()
        assert calls.of(ask) == Counter(GetItem=2, UpdateItem=2)
        # Past the limit its user is not counted, and nothing is begun anew.
        assert calls.of(ask) == Counter(GetItem=2, UpdateItem=1)


def admit(world: Platform, **headers: str) -> None:
    verdict({"headers": headers}, partial(identify, platform=world), platform=world)


class TestOthers:
    def test_a_list_of_graphs_with_statistics_takes_two(self, aws: Platform, calls: Calls) -> None:
        for _ in range(3):
            warm(aws, chain(1))
        found = calls.of(lambda: graphs.listing(USER, page=PageRequest(), platform=aws))
        assert found == Counter(Query=1, BatchGetItem=1)

    def test_the_keys_for_tokens_are_read_once_in_a_process(
        self, aws_settings: Settings, clock: HeldClock, calls: Calls
    ) -> None:
        platform = connect(with_keys(aws_settings), clock, CLIENTS)
        user = User(USER, "ada@example.com", "Ada", "", "2026-03-01T12:00:00.000Z")
        token = tokens.issue(user, "ses_00000000000000000000000001", platform=platform)
        tokens.verify(token, platform=platform)
        again = calls.of(lambda: tokens.verify(token, platform=platform))
        assert again == Counter()
