"""What an execution gave: rendered in a terminal, as it is in a pipe."""

import json
import re
from collections.abc import Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.highlighter import JSONHighlighter
from rich.rule import Rule
from rich.text import Text

from strata.local.command.refusals import one_line, printable

MOST_SHOWN = 20_000
"""Characters of one output in a terminal; a pipe gets all of them."""

# A heading, a fence, the line below a table's head, or emphasis: what plain prose has none of.
_MARKDOWN = re.compile(r"^#{1,6} \S|^```|^\s*\|?\s*:?-{3,}:?\s*\||\*\*\S[^*\n]*\*\*", re.MULTILINE)


def print_outputs(outputs: Mapping[str, Any], console: Console) -> None:
    """Each under its name."""
    if not outputs:
        console.print("\nIt gave no outputs.")
    for name, value in outputs.items():
        text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
        if console.is_terminal:
            console.print()
            console.print(Rule(Text(one_line(name)), align="left", style="dim"))
            console.print(_rendered(value, text))
        else:
            # Past the console, which would wrap long lines and strip trailing blanks.
            console.file.write(f"\n{one_line(name)}:\n{text}\n")
            console.file.flush()


def _rendered(value: object, text: str) -> RenderableType:
    shown = printable(text[:MOST_SHOWN])
    if len(text) > MOST_SHOWN:
        shown += f"\n… {len(text) - MOST_SHOWN:,} more characters: see --json"
    if not isinstance(value, str):
        return JSONHighlighter()(Text(shown))
    if looks_like_markdown(shown):
        from rich.markdown import Markdown

        return Markdown(shown)
    return Text(shown)


def looks_like_markdown(text: str) -> bool:
    return _MARKDOWN.search(text) is not None
