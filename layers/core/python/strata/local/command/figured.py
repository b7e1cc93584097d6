"""The figures of a plan as a table: what each run takes, what it costs, what would cost less."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from strata.compiler.costs import MOST_ITEMS
from strata.local.command.refusals import one_line
from strata.local.command.snapshot import span

Told = Mapping[str, Any]
Row = tuple[str, str, str]


def figured(told: Told, labels: Mapping[str, str]) -> Table:
    """`told` is a plan as `plan_views.describe` tells it."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(style="dim")
    for row in (*_size(told), *_of_each_run(told, labels), *_savings(told), _longest(told)):
        table.add_row(*row)
    return table


def _size(told: Told) -> Iterator[Row]:
    yield "Nodes", f"{told['nodes']:,}", f"in {_count(len(told['levels']), 'level')}"
    yield "States", f"{told['states']:,}", _machines(told)
    (most,) = (one["most"] for one in told["limits"] if one["limit"] == "definition_bytes")
    share = _share(told["definition_bytes"], most)
    yield "Definition bytes", f"{told['definition_bytes']:,}", _of_largest(told, share)


def _machines(told: Told) -> str:
    many = told["machines"]
    where = "of the state machine" if many == 1 else f"of {many} state machines"
    together = sum(map(len, told["fused"]))
    tasks = _count(len(told["fused"]), "Task")
    return f"{where}; {together} light nodes in {tasks}" if together else where


def _of_each_run(told: Told, labels: Mapping[str, str]) -> Iterator[Row]:
    if told["express"]["enabled"]:
        yield "Transitions", f"{told['transitions']:,}", "which an Express machine does not pay for"
        yield "Price", _dollars(told["express"]["dollars_per_1000_executions"]), _express(told)
        return
    (most,) = (one["most"] for one in told["limits"] if one["limit"] == "history_events")
    share = _share(told["history_events"], most)
    yield "History events", f"{told['history_events']:,}", _of_largest(told, share)
    besides = ", items of loops besides" if told["per_item"] else ""
    yield "Transitions", f"{told['transitions']:,}", f"of each run in which nothing fails{besides}"
    price = _dollars(told["dollars_per_1000_executions"])
    yield "Price", price, f"of Step Functions for 1,000 runs{besides}"
    for loop, cost in told["per_item"].items():
        price = f"{_dollars(cost['dollars_per_1000_items'])} for 1,000"
        what = f"{_count(cost['transitions'], 'transition')}, {cost['history_events']} events"
        yield "  each item", f"+{cost['transitions']:,}", f"{labels[loop]}: {what}; {price}"


def _savings(told: Told) -> Iterator[Row]:
    if told["express"]["enabled"]:
        price = _dollars(told["dollars_per_1000_executions"])
        yield "As Standard", price, "for 1,000 runs, however long they take"
        return
    yield from _fusing(told["fusing"])
    yield from _express_instead(told)


def _fusing(fusing: Told) -> Iterator[Row]:
    if not fusing["saves_transitions"]:
        return
    saved = _count(fusing["saves_transitions"], "transition")
    price = f"-{_dollars(fusing['saves_dollars_per_1000_executions'])}"
    would = (
        f"saved by fusing light nodes: {saved} of each run"
        if fusing["enabled"]
        else f'"fuse_light_nodes": true would save {saved} of each run'
    )
    yield "Fusing", price, would


def _express_instead(told: Told) -> Iterator[Row]:
    express = told["express"]
    if express["possible"]:
        price = _dollars(express["dollars_per_1000_executions"])
        yield "As Express", price, _express(told)
        return
    first, *others = express["obstacles"]
    more = f" And {len(others)} more: see --json." if others else ""
    at = f"{one_line(first['node'])}: " if first["node"] else ""
    yield "As Express", "no", f"{at}{one_line(first['message'])}{more}"


def _express(told: Told) -> str:
    seconds = _dollars(told["express"]["dollars_per_1000_seconds"], 5)
    return f"for 1,000 runs, and {seconds} for 1,000 seconds of them"


def _longest(told: Told) -> Row:
    seconds = told["longest_run_seconds"]
    if told["express"]["enabled"]:
        return "Longest run", span(seconds), "at most: an Express machine has no more"
    items = f", {MOST_ITEMS:,} items in each loop" if told["per_item"] else ""
    return "Longest run", span(seconds), f"at most: every retry used up{items}"


def _of_largest(told: Told, share: str) -> str:
    return share if told["machines"] == 1 else f"of the largest machine; {share}"


def _share(number: int, most: int) -> str:
    return f"{number / most:.1%} of the {most:,} that a machine may have"


def _dollars(price: float, digits: int = 3) -> str:
    return f"${price:,.{digits}f}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"
