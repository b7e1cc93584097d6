"""A process that a test kills: works on a folder and says what was acknowledged, line by line.

python -m tests.unit.local.crashing table|machines|states|queue|blobs FOLDER
"""

import sys
import threading
from itertools import count
from pathlib import Path

from strata.clock import SystemClock
from strata.local.blobs import LocalBlobs
from strata.local.platform import enqueue, open_platform
from strata.local.store import LocalTable
from strata.ports import Key, Put, Update
from tests.unit.local.machine import State, callback, chain, distributed, mapped, nested, task

THREADS = 4
CRASH_FUNCTIONS = Path(__file__).parent / "crash_functions"
NODES = [f"n{number}" for number in range(30)]


def table(folder: Path) -> None:
    """Threads write items of their own, and all count up one that they share."""
    opened = LocalTable(folder / "strata.sqlite", SystemClock())

    def write(thread: int) -> None:
        for number in count():
            opened.write_all(
                [
                    Put(
                        {
                            "pk": f"thread {thread}",
                            "sk": f"{number:08}",
                            "gsi1pk": "all",
                            "gsi1sk": "x",
                        }
                    ),
                    Update(Key("all", "count"), add={"writes": 1}),
                ]
            )
            say(f"{thread} {number}")

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(THREADS)]
    for one in threads:
        one.start()


def machines(folder: Path) -> None:
    """Starts executions as fast as it can; each of their nodes leaves a trace in the table."""
    local = open_platform(folder, functions=CRASH_FUNCTIONS)
    local.machines.create("chain", chain(*[task_of(node) for node in NODES]))
    for number in count():
        name = f"run{number}"
        local.machines.start("chain", name, {"name": name})
        say(name)


ITEMS = list(range(4))
STATES = ["inline-0", "distributed-0", "inner", "asked", "last"]
"""Some of what an execution of `states` leaves behind."""


def states(folder: Path) -> None:
    """The same with states of every type on the way."""
    local = open_platform(folder, functions=CRASH_FUNCTIONS)
    local.machines.create("inner", chain(task_of("inner")))
    local.machines.create("states", every_state())
    for number in count():
        name = f"run{number}"
        local.machines.start("states", name, {"name": name, "items": ITEMS})
        say(name)


def every_state() -> str:
    one = {"name.$": "$.name", "item.$": "$$.Map.Item.Value"}
    loop: State = {"ItemsPath": "$.items", "ItemSelector": one, "ResultPath": None}
    asked = callback("asked", ResultPath=None)
    asked["Parameters"]["Payload"]["run.$"] = "$"
    return chain(
        {"Type": "Wait", "TimestampPath": "$$.Execution.StartTime"},
        mapped(task_of("inline"), **loop),
        distributed(task_of("distributed"), prefix="J", **loop),
        nested("inner", ResultPath=None),
        asked,
        task_of("last"),
    )


def task_of(node: str) -> dict[str, object]:
    parameters = {"node": node, "run.$": "$"}
    return {**task(node, ResultPath=None), "Parameters": parameters}


def queue(folder: Path) -> None:
    for number in count():
        enqueue(folder, str(number))
        say(str(number))


def blobs(folder: Path) -> None:
    opened = LocalBlobs(folder / "blobs", SystemClock())
    for number in count():
        opened.put(f"blob/{number}", str(number).encode() * 10_000)
        say(str(number))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    works = {one.__name__: one for one in (table, machines, states, queue, blobs)}
    works[sys.argv[1]](Path(sys.argv[2]))
