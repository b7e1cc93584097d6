"""Branches below a branch: those of a Parallel, and the bodies of a Map within the execution."""

from functools import partial
from typing import TYPE_CHECKING, Any

from strata.local.branch import Branch, Fork, Item
from strata.local.context import Surroundings
from strata.local.failures import StateFailed, checked
from strata.local.states import Map, Parallel, Region

if TYPE_CHECKING:
    from strata.local.execution import Execution

MAX_CONCURRENCY = 40
"""So many bodies of a Map run at once within one execution."""


def begin_parallel(execution: "Execution", branch: Branch, state: Parallel) -> None:
    execution.record(state, "Started")
    fork = branch.fork = Fork(len(state.branches))
    children = [Branch(region, branch, at) for at, region in enumerate(state.branches)]
    fork.children = dict(enumerate(children))
    for child in reversed(children):
        execution.enter_next(child, child.region.start_at, branch.given)


def begin_map(execution: "Execution", branch: Branch, state: Map, body: Region) -> None:
    items = items_of(execution, branch, state)
    wanted = int(state.max_concurrency.resolve(branch.given, Surroundings(execution, branch)))
    execution.record(state, "Started")
    fork = branch.fork = Fork(len(items))
    fork.items = items
    fork.limit = min(wanted or MAX_CONCURRENCY, MAX_CONCURRENCY)
    if items:
        _begin_bodies(execution, branch, state, body)
    else:
        _join(execution, branch)


def items_of(execution: "Execution", branch: Branch, state: Map) -> list[Any]:
    """Raises StateFailed."""
    items = branch.given
    if state.items is not None:
        items = state.items.resolve(items, Surroundings(execution, branch))
    if not isinstance(items, list):
        path = state.items.text if state.items is not None else "$"
        raise StateFailed("States.Runtime", f'Reference path "{path}" must point to array.')
    return items


def given_of(execution: "Execution", branch: Branch, state: Map, item: Item) -> Any:
    """What the body gets for an item. Raises StateFailed."""
    if state.parameters is None:
        return item.Value
    given = state.parameters(branch.given, Surroundings(execution, branch, item))
    return checked(given, state.name)


def give_back(execution: "Execution", child: Branch, output: Any) -> None:
    """A branch has ended; the last one lets its parent go on."""
    parent, state = child.parent, child.parent and child.parent.state
    if parent is None or parent.fork is None:
        return
    fork = parent.fork
    del fork.children[child.position]
    fork.results[child.position] = output
    fork.missing -= 1
    if isinstance(state, Map):
        execution.history.add("MapIterationSucceeded", state.name)
    if fork.missing == 0:
        execution.later(parent, partial(_join, execution, parent))
    elif isinstance(state, Map) and fork.begun < len(fork.items):
        body = child.region
        execution.later(parent, partial(_begin_bodies, execution, parent, state, body))


def _begin_bodies(execution: "Execution", branch: Branch, state: Map, body: Region) -> None:
    """As many as may run now."""
    fork = branch.fork
    while fork and fork.begun < len(fork.items) and len(fork.children) < fork.limit:
        item = Item(fork.begun, fork.items[fork.begun])
        fork.begun += 1
        given = given_of(execution, branch, state, item)
        execution.history.add("MapIterationStarted", state.name)
        child = fork.children[item.Index] = Branch(body, branch, item.Index, item)
        execution.enter_next(child, body.start_at, given)


def _join(execution: "Execution", branch: Branch) -> None:
    results = checked(branch.join(), branch.state.name)
    execution.record(branch.state, "Succeeded")
    execution.leave(branch, results)
