"""Keys of executions, and of the queue for their places."""

from zlib import crc32

from strata.model.execution import Run, Status
from strata.ports import Key

OPEN_SHARDS = 10
"""Over so many partitions the open executions of all users are spread."""


def execution(run: Run) -> Key:
    return Key(f"USER#{run.user_id}#EXECUTION#{run.execution_id}", "HEAD")


def execution_of(user_id: str, execution_id: str) -> Key:
    return Key(f"USER#{user_id}#EXECUTION#{execution_id}", "HEAD")


def resumption(run: Run) -> Key:
    return Key(execution(run).pk, "RESUMPTION")


def node_run(run: Run, node: str) -> Key:
    return Key(_region(run), f"NODE#{node}")


def value(run: Run, node: str) -> Key:
    return Key(_region(run), f"VALUE#{node}")


def item(run: Run) -> Key:
    """What the iteration of a loop is given."""
    return Key(_region(run), "ITEM")


def progress(run: Run, loop: str, part: int) -> Key:
    """How some iterations of the loop have ended; `run` is that which the loop belongs to."""
    return Key(_region(run), f"PROGRESS#{loop}#{part:05}")


def wait(run: Run, node: str) -> Key:
    """Of a node that is to be told its end, whichever iteration it is of."""
    return Key(execution(run).pk, f"WAITS#{run.iteration}#{node}")


def event(run: Run, node: str) -> Key:
    """The event that a node waits for, or will."""
    return Key(_region(run), f"EVENT#{node}")


def _region(run: Run) -> str:
    """The partition of the nodes: each iteration of a loop has its own."""
    return f"{execution(run).pk}#{run.iteration}" if run.iteration else execution(run).pk


def execution_indexes(run: Run, status: Status) -> dict[str, str]:
    """Where an execution stands in the lists by user, by graph and by status."""
    return {
        "gsi1pk": executions_of_user(run.user_id),
        "gsi1sk": run.execution_id,
        "gsi2pk": executions_of_graph(run.user_id, run.graph_id),
        "gsi2sk": run.execution_id,
        "gsi3pk": executions_by_status(run.user_id, status),
        "gsi3sk": run.execution_id,
    }


def executions_of_user(user_id: str) -> str:
    return f"USER#{user_id}#EXECUTIONS"


def executions_of_graph(user_id: str, graph_id: str) -> str:
    return f"USER#{user_id}#GRAPH#{graph_id}#EXECUTIONS"


def executions_by_status(user_id: str, status: Status) -> str:
    return f"USER#{user_id}#STATUS#{status}"


def slots(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "SLOTS")


def those_waiting(user_id: str) -> str:
    return f"USER#{user_id}#WAITING"


def waiting(run: Run) -> Key:
    return Key(those_waiting(run.user_id), run.execution_id)


def open_executions(shard: int) -> str:
    return f"OPEN#{shard}"


def open_execution(run: Run, created_at: str) -> dict[str, str]:
    """Where an execution stands as long as there is something to do about it."""
    shard = crc32(run.execution_id.encode()) % OPEN_SHARDS
    return {"gsi4pk": open_executions(shard), "gsi4sk": f"{created_at}#{run.execution_id}"}
