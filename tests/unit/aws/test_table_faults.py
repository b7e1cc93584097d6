"""The table on a line that breaks: what is done is done once, what is refused says why."""

from collections.abc import Callable
from typing import Any

import pytest

from strata.model.errors import Conflict, Unavailable
from strata.platform import Platform
from strata.ports import (
    ABSENT,
    PRESENT,
    Condition,
    ConditionFailed,
    Delete,
    ItemTooLarge,
    Key,
    Put,
    Query,
    Table,
    Update,
)
from tests.account import CLIENTS, TABLE
from tests.faults import Fault, Line
from tests.held_clock import HeldClock

KEY = Key("p", "s")
ITEM = {"pk": "p", "sk": "s", "n": 1, "status": "PENDING"}
RUNNING = (Condition("status", "=", "RUNNING"),)
Story = Callable[[Table], object]

STORIES: dict[str, tuple[str, Story]] = {
    "put": ("PutItem", lambda table: table.write(Put({**ITEM, "n": 2}))),
    "create": ("PutItem", lambda table: table.write(Put({"pk": "p", "sk": "new"}, ABSENT))),
    "replace": ("PutItem", lambda table: table.write(Put({**ITEM, "n": 2}, PRESENT))),
    "count": ("UpdateItem", lambda table: table.write(Update(KEY, add={"n": 1}))),
    "count in a new item": (
        "UpdateItem",
        lambda table: table.write(Update(Key("p", "new"), add={"n": 1}, initial={"m": 7})),
    ),
    "count under a condition that goes on to hold": (
        "UpdateItem",
        lambda table: table.write(Update(KEY, add={"n": 1}, when=PRESENT)),
    ),
    "claim": (
        "UpdateItem",
        lambda table: table.write(
            Update(
                KEY,
                set={"status": "RUNNING"},
                add={"n": 1},
                when=(Condition("status", "=", "PENDING"),),
            )
        ),
    ),
    "delete": ("DeleteItem", lambda table: table.write(Delete(KEY))),
    "take": ("TransactWriteItems", lambda table: table.write(Delete(KEY, PRESENT))),
    "transaction": (
        "TransactWriteItems",
        lambda table: table.write_all(
            [Put({"pk": "p", "sk": "new"}, ABSENT), Update(KEY, add={"n": 1}, when=PRESENT)]
        ),
    ),
}
FAULTS = [
    ("ProvisionedThroughputExceededException", 400, False),
    ("ThrottlingException", 400, False),
    ("InternalServerError", 500, False),
    ("InternalServerError", 500, True),
    ("ServiceUnavailable", 503, True),
    ("timeout", 0, False),
    ("timeout", 0, True),
    ("closed", 0, False),
    ("closed", 0, True),
    ("unreachable", 0, False),
]


@pytest.fixture
def table(aws: Platform) -> Table:
    aws.table.write(Put(ITEM))
    return aws.table


def contents(table: Table) -> list[dict[str, Any]]:
    return table.query(Query("p")).items


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("story", STORIES)
def test_one_fault_changes_neither_answer_nor_end(
    table: Table, line: Line, story: str, fault: tuple[str, int, bool]
) -> None:
    operation, tell = STORIES[story]
    expected = tell(table), contents(table)
    for item in contents(table):
        table.write(Delete(Key(item["pk"], item["sk"])))
    table.write(Put(ITEM))

    line.fail(Fault(operation, *fault))
    assert (tell(table), contents(table)) == expected
    assert line.all_faults_hit


@pytest.mark.parametrize(("code", "status"), [(code, status) for code, status, _ in FAULTS])
@pytest.mark.parametrize("story", STORIES)
def test_a_lasting_fault_is_unavailable(
    table: Table, line: Line, story: str, code: str, status: int
) -> None:
    operation, tell = STORIES[story]
    line.fail(*[Fault(operation, code, status)] * 50)
    with pytest.raises(Unavailable) as unavailable:
        tell(table)
    assert "Retry-After" in unavailable.value.headers
    assert contents(table) == [ITEM]


@pytest.mark.parametrize(
    ("operation", "read"),
    [
        ("GetItem", lambda table: table.get(KEY)),
        ("BatchGetItem", lambda table: table.get_many([KEY])),
        ("Query", lambda table: table.query(Query("p"))),
    ],
)
def test_a_read_bears_one_fault_and_no_lasting_one(
    table: Table, line: Line, operation: str, read: Story
) -> None:
    expected = read(table)
    line.fail(Fault(operation, "timeout"))
    assert read(table) == expected
    line.fail(*[Fault(operation, "InternalServerError", 500)] * 50)
    with pytest.raises(Unavailable):
        read(table)


def test_a_condition_that_fails_after_a_lost_answer_of_another_fails(
    table: Table, line: Line
) -> None:
    line.fail(Fault("PutItem", "timeout"))
    with pytest.raises(ConditionFailed) as failed:
        table.write(Put({**ITEM, "n": 2}, ABSENT))
    assert failed.value.item == ITEM


def test_no_reader_sees_the_stamp(table: Table) -> None:
    [stored] = CLIENTS.get("dynamodb").scan(TableName=TABLE)["Items"]
    assert set(stored) - set(ITEM) == {"_write"}
    with pytest.raises(ConditionFailed) as failed:
        table.write(Update(KEY, set={"n": 2}, when=RUNNING))
    with pytest.raises(ConditionFailed) as failed_in_all:
        table.write_all([Update(KEY, set={"n": 2}, when=RUNNING)])
    seen = [
        table.get(KEY),
        table.get_many([KEY])[KEY],
        contents(table)[0],
        table.write(Update(KEY, set={"n": 1})),
        table.write(Put(ITEM)),
        failed.value.item,
        failed_in_all.value.item,
    ]
    assert seen == [ITEM] * len(seen)


def cancelled(*codes: str, **more: Any) -> Fault:
    reasons = [{"Code": code, "Message": code, **more} for code in codes]
    return Fault(
        "TransactWriteItems",
        "TransactionCanceledException",
        content={"CancellationReasons": reasons},
    )


def test_a_transaction_is_tried_again_while_others_hold_its_items(
    table: Table, line: Line, clock: HeldClock
) -> None:
    line.fail(*[cancelled("None", "TransactionConflict")] * 3)
    table.write_all([Put({"pk": "p", "sk": "new"}), Update(KEY, add={"n": 1})])
    assert [item["sk"] for item in contents(table)] == ["new", "s"]
    assert len(clock.waits) == 3


def test_a_conflict_that_lasts_is_told(table: Table, line: Line, clock: HeldClock) -> None:
    line.fail(*[cancelled("TransactionConflict")] * 50)
    with pytest.raises(Conflict):
        table.write_all([Update(KEY, add={"n": 1})])
    assert sum(clock.waits) < 1
    assert contents(table) == [ITEM]


def test_a_failed_condition_counts_more_than_a_conflict(table: Table, line: Line) -> None:
    line.fail(cancelled("TransactionConflict", "ConditionalCheckFailed"))
    with pytest.raises(ConditionFailed) as failed:
        table.write_all([Update(KEY, add={"n": 1}), Delete(Key("p", "x"), PRESENT)])
    assert failed.value.position == 1


@pytest.mark.parametrize("code", ["ThrottlingError", "ProvisionedThroughputExceeded"])
def test_a_transaction_cancelled_by_a_throttled_write_is_unavailable(
    table: Table, line: Line, code: str
) -> None:
    line.fail(cancelled("None", code))
    with pytest.raises(Unavailable):
        table.write_all([Put(ITEM), Update(Key("p", "x"), add={"n": 1})])


def test_an_item_too_large_is_told_from_a_transactions_reasons(table: Table, line: Line) -> None:
    message = "Item size to update has exceeded the maximum allowed size"
    line.fail(cancelled("ValidationError", Message=message))
    with pytest.raises(ItemTooLarge):
        table.write_all([Update(KEY, add={"n": 1})])


def test_a_request_larger_than_dynamodb_takes_is_an_item_too_large(
    table: Table, line: Line
) -> None:
    line.fail(Fault("PutItem", "RequestEntityTooLarge", 413))
    with pytest.raises(ItemTooLarge):
        table.write(Put(ITEM))


def test_a_malformed_part_of_a_transaction_is_a_fault_of_the_program(
    table: Table, line: Line
) -> None:
    line.fail(cancelled("ValidationError"))
    with pytest.raises(ValueError, match="malformed"):
        table.write_all([Update(KEY, add={"n": 1})])


def test_a_transaction_that_was_done_is_known_by_its_stamp_too(table: Table, line: Line) -> None:
    """Where the platform forgets the token, as emulators do."""
    line.forgets_tokens = True
    line.fail(Fault("TransactWriteItems", "timeout", after=True))
    table.write_all([Put({"pk": "p", "sk": "new"}, ABSENT), Update(KEY, add={"n": 1})])
    assert [item.get("n") for item in contents(table)] == [None, 2]


def test_a_write_waits_for_a_transaction_on_its_item(
    table: Table, line: Line, clock: HeldClock
) -> None:
    line.fail(*[Fault("UpdateItem", "TransactionConflictException")] * 2)
    assert table.write(Update(KEY, add={"n": 1}))["n"] == 2
    assert len(clock.waits) == 2


@pytest.mark.parametrize("story", ["count", "take"])
def test_a_write_that_never_gets_past_transactions_is_unavailable(
    table: Table, line: Line, story: str
) -> None:
    operation, tell = STORIES[story]
    fault = cancelled("TransactionConflict")
    if operation == "UpdateItem":
        fault = Fault(operation, "TransactionConflictException")
    line.fail(*[fault] * 50)
    with pytest.raises(Unavailable):
        tell(table)


def unprocessed() -> Fault:
    wanted = {"Keys": [{"pk": {"S": "p"}, "sk": {"S": "s"}}], "ConsistentRead": True}
    content = {"Responses": {TABLE: []}, "UnprocessedKeys": {TABLE: wanted}}
    return Fault("BatchGetItem", "", 200, content=content)


def test_keys_that_were_left_out_are_asked_for_again(
    table: Table, line: Line, clock: HeldClock
) -> None:
    line.fail(unprocessed(), unprocessed())
    assert table.get_many([KEY]) == {KEY: ITEM}
    assert len(clock.waits) == 2


def test_keys_that_are_always_left_out_are_unavailable(table: Table, line: Line) -> None:
    line.fail(*[unprocessed()] * 50)
    with pytest.raises(Unavailable):
        table.get_many([KEY])


def test_pauses_grow_and_are_drawn(table: Table, line: Line, clock: HeldClock) -> None:
    line.fail(*[cancelled("TransactionConflict")] * 50)
    with pytest.raises(Conflict):
        table.write_all([Update(KEY, add={"n": 1})])
    bounds = [0.05, 0.1, 0.2, 0.4]
    assert all(0 <= wait <= bound for wait, bound in zip(clock.waits, bounds, strict=True))
    assert len(set(clock.waits)) == len(bounds)


def test_a_missing_table_is_no_passing_trouble(table: Table, line: Line) -> None:
    line.fail(Fault("GetItem", "ResourceNotFoundException"))
    with pytest.raises(Exception, match="ResourceNotFoundException") as failed:
        table.get(KEY)
    assert not isinstance(failed.value, Unavailable)


@pytest.mark.parametrize("story", STORIES)
def test_a_write_without_permission_is_no_passing_trouble(
    table: Table, line: Line, story: str
) -> None:
    operation, tell = STORIES[story]
    line.fail(Fault(operation, "AccessDeniedException"))
    with pytest.raises(Exception, match="AccessDenied") as failed:
        tell(table)
    assert not isinstance(failed.value, Unavailable)
