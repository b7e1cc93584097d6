"""The generated pages of `docs/reference`: routes, blocks, settings and errors, from the code."""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

import strata
from strata.blocks import registry
from strata.http.faults import sentences as fault_sentences
from strata.http.openapi import openapi_text, resources
from strata.model.block import ANSWER, Block, Schema
from strata.model.errors import StrataError
from strata.settings import Settings
from strata.store.values import encode

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
PACKAGE = Path(strata.__file__).parent
CODE = re.compile(r"[a-z]+(_[a-z0-9]+)+|cycle|timeout")

MAKES_PROBLEMS = ("Problem", "_entering", "_leaving", "Detail", "_detail", "_refuse")
MAKES_NODE_ERRORS = ("NodeError", "InvalidInput", "__init__")


def references() -> dict[Path, str]:
    """Every generated page by its place."""
    return {
        PACKAGE / "openapi.json": openapi_text(),
        FOLDER / "routes.md": routes_page(),
        FOLDER / "blocks.md": blocks_page(),
        FOLDER / "settings.md": settings_page(),
        FOLDER / "errors.md": errors_page(),
    }


def routes_page() -> str:
    rows = [
        f"| `{route.method} {route.path}` | {_permission(route.permission)} "
        f"| {_first_line(route.function.__doc__)} |"
        for resource in resources()
        for route in resource.routes
    ]
    table = ["| route | permission | does |", "| --- | --- | --- |", *rows]
    return _page("Routes", "The whole contract is at `GET /v1/openapi.json`.", table)


def _permission(permission: str | None) -> str:
    return f"`{permission}`" if permission else "public"


def _first_line(text: str | None) -> str:
    return (text or "").strip().splitlines()[0]


def blocks_page() -> str:
    lines = [line for block in registry().values() for line in _block(block)]
    lead = "Every block has the output `error` besides; `*` marks a required input."
    return _page("Blocks", lead, lines)


def _block(block: Block) -> Iterator[str]:
    yield from (f"## `{block.name}` · {block.title}", "", block.description, "")
    yield from ("| pin | type | default | |", "| --- | --- | --- | --- |")
    for pin, schema in block.inputs.items():
        star = "*" if pin in block.required else ""
        default = f"`{_cell(encode(schema['default']))}`" if "default" in schema else ""
        yield f"| in `{pin}`{star} | {_type(schema)} | {default} | {_about(schema)} |"
    for pin, schema in block.outputs.items():
        yield f"| out `{pin}` | {_type(schema)} | | {_about(schema)} |"
    if block.inner:
        for pin, schema in block.inner.outputs.items():
            yield f"| to the body `{pin}` | {_type(schema)} | | {_about(schema)} |"
        for pin, schema in block.inner.inputs.items():
            yield f"| from the body `{pin}` | {_type(schema)} | | {_about(schema)} |"
    example = block.example
    given = {pin: value for pin, value in example.inputs.items() if pin != ANSWER}
    gives = {"error": example.error} if example.error else example.outputs
    yield from ("", "```json", encode(given), encode(gives), "```", "")


def _type(schema: Schema) -> str:
    found = schema.get("type", "any")
    return " or ".join(found) if isinstance(found, list) else str(found)


def _about(schema: Schema) -> str:
    allowed = ", ".join(f"`{_cell(str(one))}`" for one in schema.get("enum", ()))
    about = _cell(str(schema.get("description", "")))
    return f"{about} One of {allowed}." if allowed else about


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def settings_page() -> str:
    rows = [
        f"| `STRATA_{one.name.upper()}` | {one.metadata['description']} "
        f"| {f'`{one.default}`' if one.default else ''} |"
        for one in fields(Settings)
    ]
    table = ["| variable | what | default |", "| --- | --- | --- |", *rows]
    lead = "CDK sets those that a function's grants bring; the embedded platform needs none."
    return _page("Settings", lead, table)


def errors_page() -> str:
    lead = "A code is stable: programs may rely on it. Sentences may change."
    http = [f"| `{one.code}` | {one.status} | {one.title} |" for one in _http_errors()]
    lines = ["## Answers (problem+json)", "", "| code | status | title |", "| --- | --- | --- |"]
    lines += [*http, "", "## Faults within an answer, and problems of a graph", ""]
    lines += _told(MAKES_PROBLEMS, fault_sentences())
    lines += ["", "## Failures of nodes and executions", ""]
    lines += _told(MAKES_NODE_ERRORS)
    return _page("Errors", lead, lines)


def _http_errors() -> list[type[StrataError]]:
    found, waiting = [], [StrataError]
    while waiting:
        error = waiting.pop()
        found.append(error)
        waiting += error.__subclasses__()
    return sorted(found, key=lambda one: (one.status, one.code))


def _told(makers: tuple[str, ...], declared: Iterable[tuple[str, str]] = ()) -> list[str]:
    """A row per code that the calls of these makers name, with the sentences that go with it."""
    sentences = {code: {sentence} for code, sentence in declared}
    for path in sorted(PACKAGE.rglob("*.py")):
        for code, sentence in _codes(ast.parse(path.read_text("utf-8")), makers):
            sentences.setdefault(code, set()).add(sentence)
    rows = [
        f"| `{code}` | {_cell(' · '.join(sorted(found - {''})))} |"
        for code, found in sorted(sentences.items())
    ]
    return ["| code | what is told |", "| --- | --- |", *rows]


def _codes(tree: ast.Module, makers: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef):
            for call in ast.walk(scope):
                if isinstance(call, ast.Call) and _name(call.func) in makers:
                    yield from _told_by(call, scope)
                if isinstance(call, ast.Dict) and makers is MAKES_NODE_ERRORS:
                    yield from _told_by_dict(call)


def _told_by(call: ast.Call, scope: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    if _name(call.func) == "InvalidInput":
        yield "invalid_input", "The value on an input pin does not fit; the pin is named."
        return
    texts = [_text_or_assigned(one, scope) for one in call.args]
    texts += [_text_or_assigned(keyword.value, scope) for keyword in call.keywords]
    code = next((text for text in texts if CODE.fullmatch(text)), None)
    if code is not None:
        yield code, max((text for text in texts if text != code), key=len, default="")


def _told_by_dict(node: ast.Dict) -> Iterator[tuple[str, str]]:
    """A failure of the machine or of the execution is told as {"code", "message", "node"?}."""
    found = {_text(key): _text(value) for key, value in zip(node.keys, node.values, strict=True)
             if key is not None}  # fmt: skip
    if found.keys() >= {"code", "message"} and CODE.fullmatch(found["code"]):
        yield found["code"], found["message"]


def _text_or_assigned(node: ast.expr, scope: ast.FunctionDef) -> str:
    """A text, or the one that a name of the function was given last before it is used."""
    if not isinstance(node, ast.Name):
        return _text(node)
    given = [
        one.value
        for one in ast.walk(scope)
        if isinstance(one, ast.Assign)
        and one.lineno < node.lineno
        and any(_name(target) == node.id for target in one.targets)
    ]
    return _text(given[-1]) if given else ""


def _text(node: ast.AST) -> str:
    """A text as written, `…` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    return "…" if isinstance(node, ast.FormattedValue) else ""


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _page(title: str, lead: str, lines: list[str]) -> str:
    note = "<!-- Generated from the code by `make golden`. -->"
    return "\n".join([f"# {title}", note, "", lead, "", *lines]).rstrip() + "\n"
