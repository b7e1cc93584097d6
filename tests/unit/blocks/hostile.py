"""Inputs that ask for much with little: the worst that somebody could write into each block.

Each is made when it is wanted, since some are large.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Inputs = dict[str, Any]
MEGABYTE = 1_000_000


def nested(depth: int, kind: str = "list") -> Any:
    """A value in as many arrays or objects, one in the other."""
    value: Any = 1
    for _ in range(depth):
        value = [value] if kind == "list" else {"a": value}
    return value


def _templates() -> Iterator[Inputs]:
    many = {"a": list(range(1000)), "text": "x" * MEGABYTE, "deep": nested(150, "dict")}
    for template in (
        "{{#a}}" * 49 + "x" + "{{/a}}" * 49,
        "{{#a}}" * 51 + "{{/a}}" * 51,
        "{{#a}}" * 100_000,
        "{{text}}" * 100_000,
        "{{{text}}}{{&text}}" * 50_000,
        "{{a}}" * 100_000,
        "{{" * 400_000,
        "{{{" * 300_000,
        "}}" * 400_000,
        "{{!" * 300_000,
        "{{! {{! }}" * 90_000,
        "{{" + "a." * 400_000 + "b}}",
        "{{deep" + ".a" * 400_000 + "}}",
        "{{" + " " * 900_000 + "}}",
        "{{#a" + " " * 900_000,
        " " * 500_000 + "{{#b}}" + " " * 400_000 + "{{/b}}",
        " \n" * 200_000 + "{{#b}}{{/b}}" * 1000 + " \n" * 200_000,
        "{{.__class__.__mro__}}{{text.__class__.__init__.__globals__}}{{__import__('os')}}",
        "{{a.__len__}}{{a.append}}{{text.format}}{{#a.__class__}}x{{/a.__class__}}",
        "{{config.items}}{{7*7}}${7*7}#{7*7}<%= 7*7 %>{% for x in y %}",
        "{{>/etc/passwd}}",
        "{{=<% %>=}}",
        "{{#a}}{{#a}}{{#a}}{{text}}{{/a}}{{/a}}{{/a}}",
    ):
        yield {"template": template, "values": many}
    yield {"template": "{{a}}" * 1000, "values": {"a": "<" * 100_000}, "format": "html"}
    yield {"template": "{{a}}" * 1000, "values": {"a": nested(190)}, "format": "html"}


def _texts() -> Iterator[tuple[str, Inputs]]:
    yield "text_join", {"items": ["x"] * MEGABYTE, "separator": "y" * MEGABYTE}
    yield "text_join", {"items": ["x" * MEGABYTE] * 10, "separator": "y" * 30 * MEGABYTE}
    yield "text_replace", {"text": "a" * MEGABYTE, "find": "a", "replace": "b" * MEGABYTE}
    yield "text_replace", {"text": "ab" * MEGABYTE, "find": "a" * 500_000 + "b", "replace": ""}
    yield "text_split", {"text": "," * 2 * MEGABYTE, "separator": ","}
    yield "text_split", {"text": "a" * MEGABYTE, "separator": "a" * 500_000 + "b", "limit": 10**37}


PATTERNS = (
    "(a+)+$",
    "(a|a)*$",
    "(a|aa)+$",
    "(.*a){20}$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(\w+\s?)*$",
    "(?:a?){999}a{999}",
    "((a{0,9}){0,9}){0,9}" * 10,
    "(a{1,99999}){1,99999}",
    "a{4294967295}",
    "(?:a{1000}){1000}",
    "((((a{50}){50}){50}){50}){50}",
    "(?:(?:a+){5000}){5000}",
    "(x{9}y){9999}{9999}",
    "(x+x+)+y" * 50,
    r"(a*)*\1\1\1\1$",
    r"(?<=(a+)+)b",
    "(?=(a+))*b",
    r"(?R)?a",
    r"(?P<x>a(?&x)?)*$",
    r"((?1)*a)*$",
    "(" * 500 + ")" * 500,
    "(?:" * 333 + "a" + ")" * 333,
    "[" * 500,
    "[" + "a-z" * 300 + "]*" * 2,
    "|" * 999,
    ".*" * 400 + "b",
    "(?i)" + "ß" * 900,
    r"\p{L}*" * 140 + "!",
    "(?e)(?:aaaaaaaaaa){e<=9}" * 20,
    "(?b)(?:aaaaaaaaaaaaaaaaaaaa){e}",
    "(?:a{e<=5}){50}b",
    "(?s:.*?)*?b",
    "(?>a*)*b",
    "(a?b?c?d?e?f?g?h?)*$",
    r"\N{LATIN SMALL LETTER A}" * 30,
    "\\L<words>",
    "(?P=name)",
    "{" * 1000,
    "\x00" * 1000,
    "(?V1)" + "[a--[b--[c--[d]]]]" * 50 + "*",
    "(?r)(a+)+$",
    "(?p)(a|aa|aaa)*$",
    "(?:a|b|ab)*c" * 60,
    "^(?:(?:" + "a?" * 400 + ")*)*$",
    "(" + "a|" * 490 + ")*b",
    "x*" * 500,
    "(?(1)a|b)" * 100,
    r"(a)(?(1)b|c)*" * 60,
)


def _patterns() -> Iterator[Inputs]:
    for pattern in PATTERNS:
        yield {"pattern": pattern, "text": "a" * 5000 + "!"}
        yield {"pattern": pattern, "text": "ab" * 500_000 + "!"}
    yield {"pattern": "(?:)", "text": "x" * 5 * MEGABYTE}
    yield {"pattern": ".", "text": "x" * 5 * MEGABYTE}
    yield {"pattern": "(a+)" * 150, "text": "a" * 100_000, "group": 10**30}
    yield {"pattern": "a", "text": "a", "group": "__class__"}


QUERIES = (
    "[" * 1990 + "]" * 1990,
    "a" + "[*]" * 1300,
    "@" + ".a" * 1990,
    "@" + "[]" * 1990,
    "(" * 1990 + "@" + ")" * 1990,
    "!" * 3999 + "a",
    "[@,@][]" * 570,
    " | ".join(["[@,@]"] * 560),
    "{a:" * 1300 + "@" + "}" * 1300,
    "&" * 4000,
    "@ | " * 990 + "@",
    "a || " * 790 + "a",
    "to_string(" * 390 + "@" + ")" * 390,
    "join(@, [@,@])",
    "[to_string(@), to_string(@)] | [join(@[0], @), join(@[1], @)] | to_string(@)",
    "map(&map(&map(&map(&@, $), $), $), $)",
    "rows[*].rows[*].rows[*].rows[*]",
    "rows[?@ in rows]",
    "rows[?contains(rows, @)]",
    "rows[?join(',', to_string(@)) == 'x']",
    "sort_by(rows, &to_string(@))",
    "sort_by(rows, &sort_by(rows, &a))",
    "max_by(rows, &length(to_string(@)))",
    "rows[::1] | [rows, @][] | [@, @][] | [@, @][] | [@, @][]",
    "rows[0:99999999999999999999999999999]",
    "rows[99999999999999999999999999999]",
    "rows[::0]",
    "__class__",
    "@.__class__.__mro__[1].__subclasses__()",
    "rows.__class__",
    "rows[0].__init__.__globals__",
    "__import__('os').system('id')",
    "`" + "[" * 1990 + "]" * 1990 + "`",
    "`" + "9" * 3990 + "`",
    "`1e999999`",
    "'" + "\\" * 3990,
    '"' + "\\u0000" * 660 + '"',
    "merge(" + ", ".join(["@"] * 900) + ")",
    "not_null(" + ", ".join(["@"] * 900) + ")",
    "reverse(to_string(rows))" + " | reverse(@)" * 280,
    "keys(@) | [@,@,@,@,@,@,@,@] | [@,@,@,@,@,@,@,@] | [@,@,@,@,@,@,@,@] | to_string(@)",
    "sum(rows)",
    "abs(`1`)" * 400,
)


def _queries() -> Iterator[Inputs]:
    values = (
        {"rows": [{"a": number, "b": "x" * 50} for number in range(5_000)], "$": [1] * 1000},
        {"rows": list(range(50_000)), "a": nested(150), "$": list(range(1000))},
        nested(190, "dict"),
    )
    for query in QUERIES:
        for value in values:
            yield {"query": query, "value": value}


def _csv() -> Iterator[Inputs]:
    yield {"text": "," * 5_100_000}
    yield {"text": "\n" * 10 * MEGABYTE}
    yield {"text": '"' * 10 * MEGABYTE}
    yield {"text": '"' + "x" * 40 * MEGABYTE}
    yield {"text": '"' + "x\n" * 10 * MEGABYTE + '"'}
    yield {"text": ",".join(map(str, range(100_000))) + "\n" + "," * 99_999}
    yield {"text": "a,a\n1,2"}
    yield {"text": "__class__,__proto__\n1,2"}
    yield {"text": "9" * 10 * MEGABYTE + "\n" + "9" * 10 * MEGABYTE, "header": False}
    yield {"text": "1e" + "9" * MEGABYTE, "header": False}
    yield {"text": "1\n" * 100_000 + "x", "header": False}
    yield {"text": "\x00" * MEGABYTE}
    yield {"text": "a\r" * 200_000}
    yield {"text": " " * MEGABYTE + "1" + " " * MEGABYTE, "header": False}


def _json() -> Iterator[Inputs]:
    for text in (
        "[" * 10 * MEGABYTE,
        '{"a":' * MEGABYTE,
        "[" * 101 + "]" * 101,
        "9" * 10 * MEGABYTE,
        "-" + "9" * 39,
        "1" + "0" * 10 * MEGABYTE + ".5",
        "1e999999999",
        "1E-" + "9" * MEGABYTE,
        "0." + "1" * 10 * MEGABYTE,
        '"' + "\\u0000" * MEGABYTE + '"',
        '"' + "\\ud800" * 100_000 + '"',
        '"' + "x" * 40 * MEGABYTE,
        "{" + ",".join(f'"a{number}":1' for number in range(100_000)) + "}",
        '{"a":1,"a":2}',
        "[" + ",".join(["{}"] * 500_000) + "]",
        "[" + ",".join(["[]"] * 500_000) + "]",
        "[" + "1," * MEGABYTE + "1]",
        " " * 30 * MEGABYTE,
        "NaN",
        "[Infinity]",
        '{"__class__": 1, "__proto__": {"x": 1}}',
        "\ufeff" * MEGABYTE,
        "nul" * MEGABYTE,
    ):
        yield {"text": text}


EXPRESSIONS = (
    "9**9**9**9",
    "2**126 * 2**126",
    "(-1)**(10**37)",
    "1**(10**37)",
    "0**(10**37)",
    "0.5**-100000",
    "2.0**100000",
    "(10**37)**0.5",
    "10**37 * 10**37 * 10**37",
    "9" * 4000,
    "1e308 * 10",
    "1e-4000",
    "'a' * 10**9",
    "[1] * 10**9",
    "'a' + 'b'",
    "10**37 % 'x'",
    "'%s' % 1",
    "(" * 2000 + "1" + ")" * 2000,
    "[" * 2000 + "]" * 2000,
    "-" * 3999 + "1",
    "not " * 999 + "true",
    "1" + "+1" * 1999,
    "2" + "**1" * 1300,
    "1" + "<1" * 1999,
    "min(" * 1000 + "1" + ")" * 1000,
    "sum([" + ",".join("1" * 1 for _ in range(1900)) + "])",
    "round(1.5, 10**30)",
    "round(1e308, -400)",
    "round(10**37, -37)",
    "floor(1e308)",
    "sqrt(10**37)",
    "factorial(100000)",
    "__import__('os').system('id')",
    "().__class__",
    "''.__class__.__mro__",
    "a.__class__",
    "lambda: 1",
    "[x for x in y]",
    "eval('1')",
    "exec('1')",
    "open('/etc/passwd')",
    "f'{1}'",
    "'" + "x" * 3990,
    "a" + ".a" * 1990,
    "len(big) + " * 300 + "1",
    "sum(big) + " * 300 + "1",
    "big == big" + " and big == big" * 200,
    "big in [" + ",".join(["big"] * 300) + "]",
    "max(big, big)",
    "1 / 0",
    "1 // 0.0",
    "5 % 0",
    "0 ** -1",
)


def _expressions() -> Iterator[Inputs]:
    values = {"a": nested(150, "dict"), "big": list(range(300_000))}
    for expression in EXPRESSIONS:
        yield {"expression": expression, "values": values}


def _tables() -> Iterator[tuple[str, Inputs]]:
    rows = [{"a": "a" * 30 + "!", "b": number} for number in range(50_000)]
    matches = {"rows": rows, "column": "a", "operator": "matches"}
    for pattern in ("(a+)+$", "(a|aa)+$", "((((a{50}){50}){50}){50}){50}", "("):
        yield "table_filter", {**matches, "value": pattern}
    wide = [{f"c{number}": number for number in range(1000)} for _ in range(300)]
    yield "table_sort", {"rows": wide, "by": [f"c{number}" for number in range(1000)] * 50}
    yield "table_sort", {"rows": rows, "by": ["a"] * 100_000}
    yield "table_sort", {"rows": [[nested(150)]] * 2_000, "by": 0}
    yield "table_sort", {"rows": rows, "by": "__class__"}
    totals = {f"s{number}": {"function": "sum", "column": "b"} for number in range(1000)}
    yield "table_group", {"rows": rows, "by": "b", "aggregates": totals}
    yield "table_group", {"rows": rows, "by": ["b"] * 100_000, "aggregates": {}}
    doubles = [[10.0**number] for number in range(-300, 300)] * 100
    yield "table_group", {"rows": doubles, "by": [], "aggregates": {}}
    mean = {"m": {"function": "mean", "column": 1}}
    yield "table_group", {"rows": [[1, 10**37]] * 100_000, "by": 0, "aggregates": mean}
    yield "table_filter", {"rows": [[rows]] * 10, "column": 0, "operator": "==", "value": rows}
    yield "table_filter", {"rows": [[1]] * 20_000, "column": 0, "operator": "in", "value": rows}


def _others() -> Iterator[tuple[str, Inputs]]:
    for operator in ("==", "<", "in", "contains", "matches", "empty"):
        yield "condition", {"left": nested(190), "operator": operator, "right": nested(190)}
    yield "condition", {"left": "a" * 5000 + "!", "operator": "matches", "right": "(a+)+$"}
    cases = [{"name": f"c{n}", "operator": "matches", "value": f"(a+)+{n}$"} for n in range(50)]
    yield "switch", {"value": "a" * 5000 + "!", "cases": cases}
    big = list(range(300_000))
    yield "switch", {"value": big, "cases": [{"name": f"c{n}", "value": big} for n in range(50)]}
    yield "merge_lists", {"lists": [big] * 30}
    yield "merge_lists", {"lists": [["x" * MEGABYTE] * 10] * 6}
    yield "list_item", {"items": big, "index": 10**37}
    yield "json_format", {"value": nested(190), "indent": 16}
    yield "json_format", {"value": [nested(190)] * 10_000, "indent": 16}
    yield "json_format", {"value": "\x00" * 40 * MEGABYTE}
    yield "constant", {"value": nested(500)}
    yield "constant", {"value": nested(100_000)}
    yield "constant", {"value": 10**100}
    yield "constant", {"value": float("inf")}
    for pattern in ("%" * 200, "%999999999d", "%-" * 100, "%" + "E" * 199, "%c" * 100, "\x00"):
        yield "current_time", {"format": pattern}
    for zone in ("../../etc/passwd", "/etc/passwd", "\x00", "a" * 65, "__init__.py", "Europe"):
        yield "current_time", {"timezone": zone}


def _requests() -> Iterator[Inputs]:
    url = "https://example.com/"
    yield {"url": url, "query": {"a" * MEGABYTE: ["b" * MEGABYTE] * 10}}
    yield {"url": url, "query": {str(number): list(range(300)) for number in range(1000)}}
    yield {"url": url, "headers": {f"X-{number}": "y" for number in range(100_000)}}
    yield {"url": url, "method": "POST", "body": nested(190)}
    yield {"url": url, "method": "POST", "body": ["\x00" * MEGABYTE] * 40}
    yield {"url": url, "accept": ["000-999"] * 1000}
    yield {"url": url, "accept": ["200-" + "9" * 1000]}
    yield {"url": "http://[", "query": {"a": 1}}
    yield {"url": "http://℀.example", "query": {"a": 1}}
    yield {"url": url, "timeout_seconds": 10**37}
    yield {"url": url, "max_bytes": 10**37}


CASES: Mapping[str, Callable[[], Iterator[Any]]] = {
    "text_template": _templates,
    "regex_extract": _patterns,
    "json_query": _queries,
    "csv_parse": _csv,
    "json_parse": _json,
    "calculate": _expressions,
    "http_request": _requests,
}
MIXED = (_texts, _tables, _others)


def hostile() -> Iterator[tuple[str, Inputs]]:
    """(block, inputs) of all."""
    for block, cases in CASES.items():
        for inputs in cases():
            yield block, inputs
    for several in MIXED:
        yield from several()
