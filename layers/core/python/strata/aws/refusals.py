"""What it means when DynamoDB refuses a write."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from strata.aws.failures import error_code, error_status
from strata.aws.wire import STAMP, item_from_wire
from strata.model.errors import Conflict, Unavailable
from strata.ports import ConditionFailed, Item, ItemTooLarge

_BUSY = frozenset(("ProvisionedThroughputExceeded", "ThrottlingError", "RequestLimitExceeded"))
_MALFORMED = frozenset(("ValidationException", "ValidationError"))

Reason = Mapping[str, Any]


def settle(error: ClientError, stamp: str) -> Item:
    """The item, where the write was refused only because this very call has done it before.

    Raises ConditionFailed, ItemTooLarge, Conflict, ValueError, or the error itself."""
    if error_code(error) == "ConditionalCheckFailedException":
        refused: Reason = error.response
        if _bears(refused, stamp):
            return item_from_wire(refused["Item"])
        raise _condition_failed(0, refused)
    if error_code(error) == "TransactionConflictException":
        raise Conflict
    raise _other(error, [])


def settle_all(error: ClientError, stamp: str) -> None:
    """The same for a transaction; it returns where the transaction was done before.

    Raises Unavailable besides, for a transaction cancelled by a throttled write."""
    reasons: Sequence[Reason] = error.response.get("CancellationReasons", [])
    failed = [at for at, one in enumerate(reasons) if one["Code"] == "ConditionalCheckFailed"]
    if any(_bears(reasons[position], stamp) for position in failed):
        return
    if failed:
        raise _condition_failed(failed[0], reasons[failed[0]])
    codes = {reason["Code"] for reason in reasons}
    if "TransactionConflict" in codes:
        raise Conflict
    if codes & _BUSY:
        raise Unavailable("The table is too busy for the write.")
    raise _other(error, reasons)


def _bears(refused: Reason, stamp: str) -> bool:
    return bool(refused.get("Item", {}).get(STAMP) == {"S": stamp})


def _condition_failed(position: int, refused: Reason) -> ConditionFailed:
    item = refused.get("Item")
    return ConditionFailed(position, item_from_wire(item) if item else None)


def _other(error: ClientError, reasons: Sequence[Reason]) -> Exception:
    """DynamoDB tells the size of an item in words only; 413 is a request over 16 MB."""
    codes = {error_code(error), *(reason["Code"] for reason in reasons)}
    messages = [str(error), *(str(reason.get("Message")) for reason in reasons)]
    said = any("maximum allowed size" in message for message in messages)
    if said or error_status(error) == 413:
        return ItemTooLarge()
    if codes & _MALFORMED:
        return ValueError("the table refuses the write as malformed")
    return error
