"""The table in DynamoDB.

A retry of botocore may send a write again that has taken effect, and whose answer was lost. So
each call has a stamp: the written item keeps the stamp of its last writer, and where a condition
fails on an item that bears our own stamp, the write is done. A transaction carries the stamp as
its request token besides, by which DynamoDB itself knows a repeated one; a conditional delete
leaves no item to bear a stamp, and is therefore a transaction. One gap stays: when another writer
changes the item between our write and its retry, an `add` may count twice and a condition may be
reported as failed. What must be exact even then belongs into `write_all`.
"""

import base64
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from strata.aws.backoff import attempts, through_conflicts
from strata.aws.clients import Clients
from strata.aws.expressions import Request, query_request, request_of, transact_item
from strata.aws.failures import dependency
from strata.aws.refusals import settle, settle_all
from strata.aws.wire import item_from_wire, key_to_wire
from strata.clock import Clock
from strata.model.errors import Conflict, Unavailable
from strata.ports import MAX_WRITES, Check, Delete, Item, Key, Page, Put, Query, Update, Write

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MAX_BATCH_READ = 100
_STAMP_BYTES = 12
_SERVICE = "The table"


class DynamoTable:
    def __init__(self, clients: Clients, name: str, clock: Clock) -> None:
        self._clients = clients
        self._name = name
        self._clock = clock

    def get(self, key: Key) -> Item | None:
        with dependency(_SERVICE):
            answer = self._client.get_item(
                TableName=self._name, Key=key_to_wire(key), ConsistentRead=True
            )
        return item_from_wire(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Sequence[Key]) -> dict[Key, Item]:
        distinct = list(dict.fromkeys(keys))
        found = {}
        for start in range(0, len(distinct), MAX_BATCH_READ):
            for item in self._get_batch(distinct[start : start + MAX_BATCH_READ]):
                found[Key(item["pk"], item["sk"])] = item
        return found

    def query(self, query: Query) -> Page:
        if query.limit is not None and query.limit < 1:
            raise ValueError("a query's limit is at least 1")
        if query.last is not None and (query.first or "") > query.last:
            return Page([], None)  # DynamoDB refuses a range that ends before it begins.
        with dependency(_SERVICE):
            answer = self._client.query(TableName=self._name, **query_request(query))
        last: Any = answer.get("LastEvaluatedKey")
        items = [item_from_wire(item) for item in answer["Items"]]
        return Page(items, item_from_wire(last) if last else None)

    def write(self, write: Put | Update | Delete) -> Item:
        try:
            if isinstance(write, Delete) and write.when:
                self.write_all([write])
                return {}
            request = request_of(write, stamp := self._stamp())
            return through_conflicts(lambda: self._write(write, request, stamp), self._clock)
        except Conflict as conflict:
            raise Unavailable("The item is being written without a pause.") from conflict

    def write_all(self, writes: Sequence[Write]) -> None:
        if not 1 <= len(writes) <= MAX_WRITES or len({one.key for one in writes}) < len(writes):
            raise ValueError(f"1 to {MAX_WRITES} writes, each on a key of its own")
        if any(isinstance(one, Check) and not one.when for one in writes):
            raise ValueError("a check without a condition checks nothing")
        stamp = self._stamp()
        items = [transact_item(write, self._name, stamp) for write in writes]
        through_conflicts(lambda: self._transact(items, stamp), self._clock)

    def _get_batch(self, keys: Sequence[Key]) -> list[Item]:
        """DynamoDB leaves out what bursts 16 MB, or its throughput: asked again, it follows."""
        wanted = [key_to_wire(key) for key in keys]
        items: list[Item] = []
        for _ in attempts(self._clock):
            with dependency(_SERVICE):
                answer = self._client.batch_get_item(
                    RequestItems={self._name: {"Keys": wanted, "ConsistentRead": True}}
                )
            items += map(item_from_wire, answer["Responses"].get(self._name, []))
            if self._name not in answer["UnprocessedKeys"]:
                return items
            wanted = [*answer["UnprocessedKeys"][self._name]["Keys"]]
        raise Unavailable("The table is too busy to answer in full.")

    def _write(self, write: Put | Update | Delete, request: Request, stamp: str) -> Item:
        try:
            with dependency(_SERVICE):
                return self._send(write, request)
        except ClientError as error:
            return settle(error, stamp)

    def _send(self, write: Put | Update | Delete, request: Request) -> Item:
        match write:
            case Put():
                self._client.put_item(TableName=self._name, **request)
                return item_from_wire(request["Item"])
            case Update():
                answer = self._client.update_item(
                    TableName=self._name, ReturnValues="ALL_NEW", **request
                )
                return item_from_wire(answer["Attributes"])
        self._client.delete_item(TableName=self._name, **request)
        return {}

    def _transact(self, items: Sequence[Any], stamp: str) -> None:
        try:
            with dependency(_SERVICE):
                self._client.transact_write_items(TransactItems=items, ClientRequestToken=stamp)
        except ClientError as error:
            settle_all(error, stamp)

    def _stamp(self) -> str:
        return base64.urlsafe_b64encode(self._clock.random_bytes(_STAMP_BYTES)).decode()

    @property
    def _client(self) -> "DynamoDBClient":
        client: DynamoDBClient = self._clients.get("dynamodb")
        return client
