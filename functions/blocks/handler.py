"""The catalogue of blocks."""

from typing import Any

from strata import block_views
from strata.http.parameters import BlockName, Cursor, Limit, User, World
from strata.http.resource import Resource
from strata.http.schemas import blocks as schemas
from strata.paging import DEFAULT_LIMIT, PageRequest

Json = dict[str, Any]

app = Resource("blocks")
handler = app.handle


@app.get("/v1/blocks", permission="block:read", answer=schemas.BlockPage)
def list_blocks(
    limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None, *, user: User, platform: World
) -> Json:
    """The blocks that a graph can be made of."""
    return block_views.listing(user, page=PageRequest(limit, cursor), platform=platform)


@app.get("/v1/blocks/{block}", permission="block:read", answer=schemas.Block)
def read_block(block: BlockName, *, platform: World) -> Json:
    """One block with its pins and an example."""
    return block_views.get(block, platform=platform)
