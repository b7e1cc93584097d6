"""How many calls of AWS a start, a look at the status and a node take."""

from collections import Counter

from strata import executions, graphs, nodes
from strata.model.execution import Run
from strata.platform import Platform
from tests.builders import chain
from tests.faults import Line

USER = "usr_00000000000000000000000000"


def started(aws: Platform, line: Line) -> Run:
    """The second start of a graph; the first one has made its machine."""
    made = graphs.create(USER, chain(3), platform=aws)
    executions.start(USER, made["id"], {}, platform=aws)
    line.calls.clear()
    view = executions.start(USER, made["id"], {}, platform=aws)
    return Run(view["id"], USER, made["id"], 1)


def test_a_start_takes_two_calls_and_none_of_the_control_plane(aws: Platform, line: Line) -> None:
    started(aws, line)
    assert line.calls == Counter(TransactWriteItems=1, StartExecution=1)


def test_a_status_takes_one_call(aws: Platform, line: Line) -> None:
    run = started(aws, line)
    line.calls.clear()
    executions.get(USER, run.execution_id, platform=aws)
    assert line.calls.total() == 1


def test_a_node_takes_three_calls(aws: Platform, line: Line) -> None:
    run = started(aws, line)
    nodes.run(run, "n000", platform=aws)
    line.calls.clear()
    nodes.run(run, "n001", platform=aws)
    assert line.calls.total() <= 3
