"""The catalogue of blocks as the API shows it."""

from typing import Any

from strata.cursors import open_cursor, seal_cursor
from strata.model.block import ANSWER, Block, Inner
from strata.model.errors import NotFound
from strata.paging import PageRequest, cursor_key
from strata.platform import Platform

Json = dict[str, Any]


def listing(user_id: str, *, page: PageRequest, platform: Platform) -> Json:
    """A page in the order of the catalogue. Raises InvalidCursor."""
    binding = f"blocks {user_id}"
    first = 0
    if page.cursor is not None:
        first = int(open_cursor(page.cursor, binding, cursor_key(platform))["position"])
    blocks = list(platform.blocks().values())
    after = first + page.limit
    position = {"position": str(after)}
    more = after < len(blocks)
    cursor = seal_cursor(position, binding, cursor_key(platform)) if more else None
    return {"items": [_view(block) for block in blocks[first:after]], "next_cursor": cursor}


def get(name: str, *, platform: Platform) -> Json:
    """Raises NotFound."""
    block = platform.blocks().get(name)
    if block is None:
        raise NotFound
    return _view(block)


def _view(block: Block) -> Json:
    """In the example, what came of a wait is the platform's to give and no input pin."""
    given = {pin: value for pin, value in block.example.inputs.items() if pin != ANSWER}
    failure = {"error": block.example.error} if block.example.error else {}
    return {
        "name": block.name,
        "title": block.title,
        "description": block.description,
        "category": block.category,
        "inputs": {pin: dict(schema) for pin, schema in block.inputs.items()},
        "required": list(block.required),
        "outputs": {pin: dict(schema) for pin, schema in block.outputs.items()},
        **({"inner": _inner(block.inner)} if block.inner else {}),
        "example": {
            "inputs": given,
            "outputs": dict(block.example.outputs),
            **failure,
        },
    }


def _inner(inner: Inner) -> Json:
    return {
        "outputs": {pin: dict(schema) for pin, schema in inner.outputs.items()},
        "inputs": {pin: dict(schema) for pin, schema in inner.inputs.items()},
    }
