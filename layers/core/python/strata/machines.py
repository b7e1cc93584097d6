"""State machines: one for each version of a graph, made when it is first needed and once."""

from collections.abc import Mapping
from typing import Any

from strata.compiler.definition import Arns, compile_graph
from strata.model.errors import Unavailable
from strata.model.execution import Run
from strata.model.plan import Plan
from strata.platform import Platform
from strata.ports import Condition, ConditionFailed, Item, MachineMissing, Update
from strata.store import graphs, keys

COMPILER_REVISION = 2
"""Part of a machine's name: a compiler that compiles otherwise makes machines of its own."""

CLAIM_SECONDS = 5
"""So long one process alone may be making a machine; creation is idempotent if two ever do."""
WAIT_SECONDS = 0.1
MOST_WAITS = 200


def name_of(run: Run, head: Item | None = None) -> str:
    """The machine of an execution: the one of the compiler that its head names, for another may be
    at work by now. Without a head, of one that was recorded just now."""
    revision = (head or {}).get("compiler", COMPILER_REVISION)
    return f"{run.graph_id}-{run.version}-{revision}"


def start(run: Run, head: Item | None = None, *, platform: Platform) -> None:
    """Starts the run's machine, made before if this is the first start. Raises Unavailable."""
    name = name_of(run, head)
    for _ in range(MOST_WAITS):
        try:
            platform.machines.start(name, run.execution_id, run.to_json())
        except MachineMissing:
            _make_or_wait(run, name, platform)
        else:
            return
    raise Unavailable("The state machine of this graph is not ready.")


def _make_or_wait(run: Run, name: str, platform: Platform) -> None:
    if _claim(run, platform):
        plan = graphs.load_plan(run.user_id, run.graph_id, run.version, platform)
        _make(name, plan, platform)
    else:
        platform.clock.sleep(WAIT_SECONDS)


def _make(name: str, plan: Plan, platform: Platform) -> None:
    """The parts first: once the machine itself is there all can run."""
    machines = platform.machines
    arns = Arns(machines.run_node, machines.end_execution, machines.arn(name))
    compiled = compile_graph(plan, arns)
    for number, definition in enumerate(compiled.parts, start=1):
        machines.create(f"{name}-{number}", sound(definition))
    machines.create(name, sound(compiled.main, express=plan.express), express=plan.express)


class UnsoundDefinition(Exception):
    """The compiler made what Step Functions would refuse: a fault of ours, never of a graph."""


def sound(definition: str, *, express: bool = False) -> str:
    """The definition as it is. Raises UnsoundDefinition with its first problem."""
    # Imported where a machine is made, which is once for a version; it takes its time, and the
    # functions that start executions have none to lose.
    from strata.compiler.validate import validate

    for problem in validate(definition, express=express):
        raise UnsoundDefinition(f"{problem.state or 'machine'}: {problem.message}")
    return definition


def _claim(run: Run, platform: Platform) -> bool:
    """Whether it is on this process to make the machine."""
    now = int(platform.clock.now().timestamp())
    claim: Mapping[str, Any] = {"machine_claim": now + CLAIM_SECONDS}
    key = keys.plan(run.user_id, run.graph_id, run.version)
    for free in (Condition("machine_claim", "absent"), Condition("machine_claim", "<", now)):
        try:
            platform.table.write(Update(key, set=claim, when=(free, Condition("pk", "present"))))
        except ConditionFailed:
            continue
        return True
    return False
