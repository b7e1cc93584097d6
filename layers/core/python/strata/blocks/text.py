"""The blocks on text."""

from strata.blocks.matching import MAX_PATTERN, find_all
from strata.blocks.rendering import render
from strata.blocks.schema import anything, array, integer, mapping, text
from strata.blocks.written import written
from strata.model.block import Block, Context, Example, Values
from strata.model.errors import InvalidInput, NodeError
from strata.model.values import MAX_BYTES


def _template(values: Values, _: Context) -> Values:
    html = values["format"] == "html"
    return {"text": render(values["template"], values["values"], html=html)}


def _join(values: Values, _: Context) -> Values:
    pieces = list(map(written, values["items"]))
    separators = len(values["separator"]) * max(len(pieces) - 1, 0)
    _check_length(sum(map(len, pieces)) + separators)
    return {"text": values["separator"].join(pieces)}


def _split(values: Values, _: Context) -> Values:
    whole = values["text"]
    # No text has more pieces than characters; Python's own counter ends at 64 bits.
    limit = min(int(values.get("limit", len(whole))), len(whole))
    return {"items": whole.split(values["separator"], limit)}


def _replace(values: Values, _: Context) -> Values:
    whole, find, replace = values["text"], values["find"], values["replace"]
    count = whole.count(find)
    _check_length(len(whole) + count * (len(replace) - len(find)))
    return {"text": whole.replace(find, replace), "count": count}


def _check_length(characters: int) -> None:
    """Before the text is made: a few megabytes can ask for terabytes."""
    if characters > MAX_BYTES:
        raise NodeError("too_large", f"The text would be over {MAX_BYTES:,} characters")


def _extract(values: Values, _: Context) -> Values:
    group = values["group"]
    group = group if isinstance(group, str) else int(group)
    try:
        matches = find_all(values["pattern"], values["text"], group, pin="pattern")
    except IndexError:
        raise InvalidInput("group", "names no group of the pattern") from None
    return {"match": matches[0], "matches": matches} if matches else {"unmatched": values["text"]}


BLOCKS = (
    Block(
        name="text_template",
        title="Text from a template",
        description="Fills a template in Mustache's syntax: {{ name }}, {{ a.b }}, sections "
        "{{#list}}…{{/list}} for each item or if there is a value, {{^name}}…{{/name}} if there "
        "is none, {{! comments }}, {{ . }} for the item itself. A missing name is written as "
        "nothing; an object or array as JSON.",
        category="text",
        inputs={
            "template": text("The template.", maxLength=1_000_000),
            "values": mapping("What the names stand for.", default={}),
            "format": text(
                "html escapes the values ({{{ name }}} does not); text leaves them as they are.",
                enum=["text", "html"],
                default="text",
            ),
        },
        required=("template",),
        outputs={"text": text("The filled template.")},
        run=_template,
        is_light=True,
        example=Example(
            inputs={
                "template": "# {{ city }}\n{{#days}}\n- {{ day }}: {{ rain }} mm\n{{/days}}\n",
                "values": {
                    "city": "Seattle",
                    "days": [{"day": "Mon", "rain": 10.9}, {"day": "Tue", "rain": 0}],
                },
            },
            outputs={"text": "# Seattle\n- Mon: 10.9 mm\n- Tue: 0 mm\n"},
        ),
    ),
    Block(
        name="text_join",
        title="Join text",
        description="One text out of several pieces; numbers are written as in JSON.",
        category="text",
        inputs={
            "items": array("The pieces.", {"type": ["string", "number"]}),
            "separator": text("What stands between two pieces.", default=""),
        },
        required=("items",),
        outputs={"text": text("The joined text.")},
        run=_join,
        is_light=True,
        example=Example(
            inputs={"items": ["wind", "rain", "sun"], "separator": ", "},
            outputs={"text": "wind, rain, sun"},
        ),
    ),
    Block(
        name="text_split",
        title="Split text",
        description="The pieces of a text between separators; empty pieces are kept.",
        category="text",
        inputs={
            "text": text("The text to split."),
            "separator": text("Where to split.", minLength=1),
            "limit": integer("The most splits, from the left; all if not set.", minimum=0),
        },
        required=("text", "separator"),
        outputs={"items": array("The pieces, without the separators.", {"type": "string"})},
        run=_split,
        is_light=True,
        example=Example(
            inputs={"text": "2012/01/02", "separator": "/", "limit": 1},
            outputs={"items": ["2012", "01/02"]},
        ),
    ),
    Block(
        name="text_replace",
        title="Replace text",
        description="Replaces each occurrence of a text by another, from the left.",
        category="text",
        inputs={
            "text": text("The text to change."),
            "find": text("What to look for, letter by letter.", minLength=1),
            "replace": text("What to put in its place."),
        },
        required=("text", "find", "replace"),
        outputs={
            "text": text("The changed text."),
            "count": integer("How many were replaced."),
        },
        run=_replace,
        is_light=True,
        example=Example(
            inputs={"text": "2012/01/02", "find": "/", "replace": "-"},
            outputs={"text": "2012-01-02", "count": 2},
        ),
    ),
    Block(
        name="regex_extract",
        title="Extract by regular expression",
        description="Finds a pattern anywhere in a text: all its matches, or the text itself "
        "where there is none. It has 2 seconds.",
        category="text",
        inputs={
            "text": text("The text to search."),
            "pattern": text("The regular expression, in Python's syntax.", maxLength=MAX_PATTERN),
            "group": {
                "type": ["integer", "string"],
                "description": "Number or name of the group to take, 0 for the whole match.",
                "default": 0,
                "minimum": 0,
            },
        },
        required=("text", "pattern"),
        outputs={
            "match": {
                "type": ["string", "null"],
                "description": "The first match; null if the group has no part in it.",
            },
            "matches": array("All matches, from the left.", {"type": ["string", "null"]}),
            "unmatched": anything("The text, if nothing matches.", type="string"),
        },
        run=_extract,
        example=Example(
            inputs={
                "text": "rain 10.9 mm, wind 4.5 m/s",
                "pattern": r"(?<what>\w+) ([\d.]+)",
                "group": "what",
            },
            outputs={"match": "rain", "matches": ["rain", "wind"]},
        ),
    ),
)
