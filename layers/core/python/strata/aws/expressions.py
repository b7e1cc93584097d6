"""Writes and queries as DynamoDB's expressions."""

from collections.abc import Iterable, Mapping
from typing import Any

from strata.aws.wire import STAMP, item_to_wire, key_to_wire, to_wire
from strata.ports import Check, Condition, Delete, Put, Query, Update, Write

Request = dict[str, Any]


class Terms:
    """Placeholders for the names and values of one request: some 570 words are reserved."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        return self._names.setdefault(attribute, f"#n{len(self._names)}")

    def value(self, value: Any) -> str:
        placeholder = f":v{len(self._values)}"
        self._values[placeholder] = to_wire(value)
        return placeholder

    def all_of(self, conditions: Iterable[Condition]) -> str:
        return " AND ".join(self._condition(condition) for condition in conditions)

    def parameters(self) -> Request:
        """DynamoDB takes neither map empty."""
        names = {placeholder: name for name, placeholder in self._names.items()}
        parts = {"ExpressionAttributeNames": names, "ExpressionAttributeValues": self._values}
        return {part: terms for part, terms in parts.items() if terms}

    def _condition(self, condition: Condition) -> str:
        name = self.name(condition.attribute)
        match condition.operator:
            case "absent":
                return f"attribute_not_exists({name})"
            case "present":
                return f"attribute_exists({name})"
            case "in":
                return self._one_of(name, condition.value)
            case "!=":
                value = self.value(condition.value)
                return f"(attribute_not_exists({name}) OR {name} <> {value})"
            case "contains":
                # Of a list it would hold for an element.
                text = self.value("S")
                value = self.value(condition.value)
                return f"(attribute_type({name}, {text}) AND contains({name}, {value}))"
        return f"{name} {condition.operator} {self.value(condition.value)}"

    def _one_of(self, name: str, values: Iterable[Any]) -> str:
        operands = ", ".join(self.value(value) for value in values)
        # `IN ()` is a syntax error; what never holds is said with what is allowed.
        never = f"(attribute_exists({name}) AND attribute_not_exists({name}))"
        return f"{name} IN ({operands})" if operands else never


def request_of(write: Write, stamp: str) -> Request:
    """The parameters of one write, alone or in a transaction; `stamp` names the call."""
    match write:
        case Put():
            item = item_to_wire({**write.item, STAMP: stamp})
            return {"Item": item, **_conditions(Terms(), write.when)}
        case Update():
            return _update_request(write, stamp)
    return {"Key": key_to_wire(write.key), **_conditions(Terms(), write.when)}


def _update_request(write: Update, stamp: str) -> Request:
    """What counts up is guarded by the stamp: sent twice by a retry, it counts once."""
    terms = Terms()
    expression = _update_expression(terms, {**write.set, STAMP: stamp}, write)
    guard = (Condition(STAMP, "!=", stamp),) if write.add else ()
    conditions = _conditions(terms, (*write.when, *guard))
    return {"Key": key_to_wire(write.key), "UpdateExpression": expression, **conditions}


def _update_expression(terms: Terms, assigned: Mapping[str, Any], write: Update) -> str:
    sets = [f"{terms.name(name)} = {terms.value(value)}" for name, value in assigned.items()]
    for attribute, value in write.initial.items():
        name = terms.name(attribute)
        sets.append(f"{name} = if_not_exists({name}, {terms.value(value)})")
    adds = [f"{terms.name(name)} {terms.value(count)}" for name, count in write.add.items()]
    removes = [terms.name(attribute) for attribute in write.remove]
    clauses = {"SET": sets, "ADD": adds, "REMOVE": removes}
    return " ".join(f"{verb} {', '.join(parts)}" for verb, parts in clauses.items() if parts)


def _conditions(terms: Terms, when: Iterable[Condition]) -> Request:
    expression = terms.all_of(when)
    if not expression:
        return terms.parameters()
    return {
        "ConditionExpression": expression,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        **terms.parameters(),
    }


def transact_item(write: Write, table: str, stamp: str) -> Request:
    match write:
        case Put():
            kind = "Put"
        case Update():
            kind = "Update"
        case Delete():
            kind = "Delete"
        case Check():
            kind = "ConditionCheck"
    return {kind: {"TableName": table, **request_of(write, stamp)}}


def query_request(query: Query) -> Request:
    terms = Terms()
    prefix = query.index or ""
    partition = f"{terms.name(f'{prefix}pk')} = {terms.value(query.pk)}"
    keys = " AND ".join(filter(None, (partition, _sort_range(terms, f"{prefix}sk", query))))
    filters = terms.all_of(query.filters)
    optional = {
        "FilterExpression": filters,
        "IndexName": query.index,
        "Limit": query.limit,
        "ExclusiveStartKey": item_to_wire(query.after or {}),
    }
    return {
        "KeyConditionExpression": keys,
        "ScanIndexForward": not query.descending,
        "ConsistentRead": query.index is None,
        **{name: value for name, value in optional.items() if value},
        **terms.parameters(),
    }


def _sort_range(terms: Terms, attribute: str, query: Query) -> str:
    """An empty text is no bound, and DynamoDB refuses it as a key."""
    if query.prefix:
        return f"begins_with({terms.name(attribute)}, {terms.value(query.prefix)})"
    if query.first and query.last:
        first, last = terms.value(query.first), terms.value(query.last)
        return f"{terms.name(attribute)} BETWEEN {first} AND {last}"
    if query.first:
        return f"{terms.name(attribute)} >= {terms.value(query.first)}"
    return f"{terms.name(attribute)} <= {terms.value(query.last)}" if query.last else ""
