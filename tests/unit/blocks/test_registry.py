"""What holds for every block, and the examples that documentation and tests share."""

import json
from contextlib import nullcontext

import fastjsonschema
import pytest

from strata.blocks import registry
from strata.blocks.pins import run_block
from strata.model.block import Block, Schema
from strata.model.errors import NodeError
from strata.model.values import fault
from tests.unit.blocks.world import HeldWorld

NAMES = [
    "input",
    "output",
    "constant",
    "text_template",
    "text_join",
    "text_split",
    "text_replace",
    "regex_extract",
    "json_parse",
    "json_format",
    "json_query",
    "csv_parse",
    "table_filter",
    "table_group",
    "table_sort",
    "calculate",
    "condition",
    "merge_lists",
    "list_item",
    "current_time",
    "http_request",
    "switch",
    "fail",
    "delay",
    "approval",
    "wait_for_event",
    "callback_url",
    "sub_graph",
    "for_each",
]

each_block = pytest.mark.parametrize("block", registry().values(), ids=registry().keys())


def test_the_registry_holds_the_blocks_of_the_catalogue_and_no_others() -> None:
    assert sorted(registry()) == sorted(NAMES)


def test_a_block_is_found_under_its_own_name() -> None:
    assert all(name == block.name for name, block in registry().items())


@each_block
def test_the_example_of_a_block_gives_what_it_says(block: Block) -> None:
    with pytest.raises(NodeError) if block.example.error else nullcontext() as failure:
        assert run_block(block, block.example.inputs, HeldWorld()) == block.example.outputs
    assert not failure or failure.value.code == block.example.error


@each_block
def test_the_outputs_of_the_example_fit_the_output_pins(block: Block) -> None:
    for pin, value in block.example.outputs.items():
        schema = block.output_schema(pin, block.example.inputs)
        assert schema is not None
        fastjsonschema.validate(dict(schema), value)


@each_block
def test_every_pin_is_described_in_a_sentence(block: Block) -> None:
    for schema in (*block.inputs.values(), *block.outputs.values()):
        assert schema["description"].rstrip()[-1] == "."
    assert block.description.endswith(".")
    assert block.title
    assert block.category


@each_block
def test_the_schemas_of_a_block_are_json_and_compile(block: Block) -> None:
    for schema in (*block.inputs.values(), *block.outputs.values()):
        assert json.loads(json.dumps(schema)) == schema
        fastjsonschema.compile(dict(schema))


@each_block
def test_a_default_fits_its_own_pin(block: Block) -> None:
    for schema in block.inputs.values():
        if "default" in schema:
            assert fault(schema["default"]) is None
            fastjsonschema.validate(dict(schema), schema["default"])


@each_block
def test_a_required_pin_exists_and_has_no_default(block: Block) -> None:
    for pin in block.required:
        assert "default" not in block.inputs[pin]


@each_block
def test_only_http_request_has_an_effect_outside(block: Block) -> None:
    assert block.has_effect == (block.name == "http_request")


def _open_pins(block: Block) -> list[tuple[str, Schema]]:
    return [(pin, schema) for pin, schema in block.inputs.items() if "type" in schema]


@each_block
def test_a_value_of_the_wrong_type_is_refused_by_the_name_of_its_pin(block: Block) -> None:
    for pin, schema in _open_pins(block):
        wrong = True if schema["type"] != "boolean" else "yes"
        with pytest.raises(Exception, match=f"Input '{pin}' must be") as caught:
            run_block(block, {**block.example.inputs, pin: wrong}, HeldWorld())
        assert getattr(caught.value, "code", "") == "invalid_input"


@each_block
def test_a_block_without_a_required_value_names_the_pin(block: Block) -> None:
    for pin in block.required:
        given = {name: value for name, value in block.example.inputs.items() if name != pin}
        with pytest.raises(Exception, match=f"Input '{pin}' is required"):
            run_block(block, given, HeldWorld())
