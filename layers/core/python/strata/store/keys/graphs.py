"""Keys of graphs, and of what their nodes and starts need."""

from strata.ports import Key

MAX_NAME = 200


def graph(user_id: str, graph_id: str) -> Key:
    return Key(f"USER#{user_id}", f"GRAPH#{graph_id}")


def deleted_graph(user_id: str, graph_id: str) -> Key:
    return Key(f"USER#{user_id}", f"DELETED#{graph_id}")


def stats(user_id: str, graph_id: str) -> Key:
    return Key(f"USER#{user_id}", f"STATS#{graph_id}")


def version(user_id: str, graph_id: str, number: int) -> Key:
    return Key(f"USER#{user_id}#GRAPH#{graph_id}", f"VERSION#{number:06}")


def plan(user_id: str, graph_id: str, number: int) -> Key:
    return Key(f"USER#{user_id}#GRAPH#{graph_id}", f"PLAN#{number:06}")


def runs(user_id: str, graph_id: str, number: int) -> Key:
    """The other graphs that a version runs."""
    return Key(f"USER#{user_id}#GRAPH#{graph_id}", f"RUNS#{number:06}")


def graph_indexes(user_id: str, graph_id: str, name: str, updated_at: str) -> dict[str, str]:
    """Where a graph stands in the lists by last change and by name."""
    partition = f"USER#{user_id}#GRAPHS"
    return {
        "gsi1pk": partition,
        "gsi1sk": f"{updated_at}#{graph_id}",
        "gsi2pk": partition,
        # A line break sorts before whatever a longer name goes on with; a sort key has 1 KB.
        "gsi2sk": f"{name.casefold()[:MAX_NAME]}\n{graph_id}",
    }


def credential(user_id: str, credential_id: str) -> Key:
    return Key(f"USER#{user_id}", f"CREDENTIAL#{credential_id}")


def credential_use(user_id: str, graph_id: str) -> Key:
    """The credentials that a graph names."""
    return Key(f"USER#{user_id}#USES", graph_id)


def authorization(user_id: str, authorization_id: str) -> Key:
    return Key(f"USER#{user_id}#AUTHORIZATIONS", authorization_id)


def trigger(trigger_id: str) -> Key:
    return Key(f"TRIGGER#{trigger_id}", "TRIGGER")


def trigger_indexes(user_id: str, graph_id: str, trigger_id: str) -> dict[str, str]:
    return {"gsi1pk": f"USER#{user_id}#GRAPH#{graph_id}#TRIGGERS", "gsi1sk": trigger_id}
