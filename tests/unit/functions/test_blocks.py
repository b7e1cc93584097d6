from tests.unit.functions.gateway import Gateway


def test_the_catalogue_tells_every_block_once(ada: Gateway) -> None:
    names, cursor = [], None
    while True:
        query = {"limit": 7, **({"cursor": cursor} if cursor else {})}
        page = ada.call("GET", "/v1/blocks", query=query).json
        names += [block["name"] for block in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert names == list(ada.platform.blocks())


def test_a_block_tells_its_pins_as_json_schema(ada: Gateway) -> None:
    block = ada.call("GET", "/v1/blocks/text_join").json
    assert block["required"] == ["items"]
    assert block["inputs"]["separator"]["default"] == ""
    assert "text" in block["outputs"]


def test_a_block_that_there_is_not_is_404(ada: Gateway) -> None:
    for name in ("nope", "Text_Join", "x" * 65):
        assert ada.call("GET", f"/v1/blocks/{name}").code == "not_found"
