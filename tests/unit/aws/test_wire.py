"""Items to DynamoDB's JSON and back."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from strata.aws.wire import MAX_INTEGER, from_wire, item_from_wire, item_to_wire, to_wire

scalars = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | st.text()
values = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def shape(value: Any) -> Any:
    """A value with its types, since True equals 1."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else (type(value), value)


@given(values)
def test_every_value_of_an_item_comes_back_as_it_was(value: Any) -> None:
    assert shape(from_wire(to_wire(value))) == shape(value)


def test_a_tuple_comes_back_as_a_list() -> None:
    assert from_wire(to_wire((1, ("a",)))) == [1, ["a"]]


def test_only_the_stamp_of_the_item_itself_is_taken_off() -> None:
    item = {"_write": "stamp", "nested": {"_write": "kept"}}
    assert item_from_wire(item_to_wire(item)) == {"nested": {"_write": "kept"}}
