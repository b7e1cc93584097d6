"""Every key, written once.

| access pattern                              | where                                              |
| ------------------------------------------- | -------------------------------------------------- |
| user by id                                  | USER#u / USER                                      |
| user by e-mail address (and its uniqueness) | EMAIL#address / EMAIL                              |
| users, newest last                          | gsi1 USERS / u                                     |
| users whose account is being deleted        | LEAVING / u                                        |
| how many admins are active                  | ADMINS / ADMINS                                    |
| sessions of a user, newest last             | USER#u#SESSIONS / s                                |
| what a user did, oldest first               | USER#u#AUDIT / aud                                 |
| graph of a user, by id                      | USER#u / GRAPH#g                                   |
| that there was one, whose versions stay     | USER#u / DELETED#g                                 |
| graphs of a user, newest first              | USER#u / begins with GRAPH#, descending            |
| … by last change · by name                  | gsi1 USER#u#GRAPHS / time#g · gsi2 … / name, g     |
| statistics of a page of graphs              | USER#u / STATS#g, one batch                        |
| version, plan of a graph                    | USER#u#GRAPH#g / VERSION#000001, PLAN#000001       |
| the graphs that a version runs              | USER#u#GRAPH#g / RUNS#000001                       |
| execution, its node runs                    | USER#u#EXECUTION#e / HEAD, NODE#n                  |
| what it takes over from another one         | USER#u#EXECUTION#e / RESUMPTION                    |
| values that a node emitted                  | USER#u#EXECUTION#e / VALUE#n                       |
| the same of an iteration of a loop, its item | USER#u#EXECUTION#e#loop:3 / NODE#n, VALUE#n, ITEM |
| how the iterations of a loop ended          | USER#u#EXECUTION#e / PROGRESS#loop#00003           |
| nodes that are still to be told their end   | USER#u#EXECUTION#e / WAITS#loop:3#n                |
| an event that came for a node               | as the node's run, EVENT#n                         |
| executions of a user, newest first          | gsi1 USER#u#EXECUTIONS / e                         |
| … of a graph                                | gsi2 USER#u#GRAPH#g#EXECUTIONS / e                 |
| … of a user by status                       | gsi3 USER#u#STATUS#s / e                           |
| … that are not done with, of all users      | gsi4 OPEN#0 … OPEN#9 / time#e                      |
| attempts to sign in, by address and source  | SIGN_INS#hash, SIGN_INS#network / SIGN_INS         |
| registrations from a source                 | SIGN_UPS#network / SIGN_UPS                        |
| letters asked for, by address and source    | LETTERS#hash, LETTERS#network / LETTERS            |
| one-time token of a user, by its purpose    | USER#u / ONE_TIME#purpose                          |
| how many executions of a user run and wait  | USER#u / SLOTS                                     |
| those that wait, in the order of arrival    | USER#u#WAITING / e                                 |
| credentials of a user                       | USER#u / CREDENTIAL#c                              |
| graphs of a user that name a credential     | USER#u#USES / g, filtered                          |
| authorisations that a user has begun        | USER#u#AUTHORIZATIONS / a                          |
| OAuth providers of this environment         | PROVIDERS / p                                      |
| API key by id (a request knows no user)     | KEY#k / KEY                                        |
| API keys of a user, newest first            | gsi1 USER#u#KEYS / k                               |
| how many API keys a user has                | USER#u / KEYS                                      |
| requests of a user, and of an API key       | USER#u#RATES / u, k                                |
| trigger by id (a message knows no user)     | TRIGGER#t / TRIGGER                                |
| triggers of a graph                         | gsi1 USER#u#GRAPH#g#TRIGGERS / t                   |
| first answer to an idempotency key          | USER#u#IDEMPOTENCY / key                           |
| secret of this environment                  | SECRET#name / SECRET                               |
| signing keys of this environment            | SIGNING / KEYS                                     |

Whatever belongs to a user has the user in its key, so that another user's id finds nothing.
An execution's head sorts before its nodes and these before the values: status and nodes are one
query that reads no value.
"""

from zlib import crc32

from strata.model.execution import Run, Status
from strata.ports import Key

LAST = "\uffff"
OPEN_SHARDS = 10
"""Over so many partitions the open executions of all users are spread."""
MAX_NAME = 200


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "USER")


def users() -> str:
    return "USERS"


def user_indexes(user_id: str) -> dict[str, str]:
    return {"gsi1pk": users(), "gsi1sk": user_id}


def leaving(user_id: str) -> Key:
    return Key("LEAVING", user_id)


def active_admins() -> Key:
    return Key("ADMINS", "ADMINS")


def email(address: str) -> Key:
    return Key(f"EMAIL#{address}", "EMAIL")


def session(user_id: str, session_id: str) -> Key:
    return Key(f"USER#{user_id}#SESSIONS", session_id)


def audit(user_id: str, entry_id: str) -> Key:
    return Key(f"USER#{user_id}#AUDIT", entry_id)


def sign_ins(name: str) -> Key:
    """`name` is the hash of an e-mail address, or a network, as with the next two."""
    return Key(f"SIGN_INS#{name}", "SIGN_INS")


def sign_ups(name: str) -> Key:
    return Key(f"SIGN_UPS#{name}", "SIGN_UPS")


def letters(name: str) -> Key:
    return Key(f"LETTERS#{name}", "LETTERS")


def one_time_token(user_id: str, purpose: str) -> Key:
    return Key(f"USER#{user_id}", f"ONE_TIME#{purpose}")


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


def credential(user_id: str, credential_id: str) -> Key:
    return Key(f"USER#{user_id}", f"CREDENTIAL#{credential_id}")


def api_key(key_id: str) -> Key:
    return Key(f"KEY#{key_id}", "KEY")


def api_key_indexes(user_id: str, key_id: str) -> dict[str, str]:
    return {"gsi1pk": f"USER#{user_id}#KEYS", "gsi1sk": key_id}


def api_key_count(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "KEYS")


def rates(user_id: str) -> str:
    return f"USER#{user_id}#RATES"


def rate(user_id: str, subject: str) -> Key:
    """Of the user, by their own id, or of one of their API keys."""
    return Key(rates(user_id), subject)


def credential_use(user_id: str, graph_id: str) -> Key:
    """The credentials that a graph names."""
    return Key(f"USER#{user_id}#USES", graph_id)


def authorization(user_id: str, authorization_id: str) -> Key:
    return Key(f"USER#{user_id}#AUTHORIZATIONS", authorization_id)


def provider(provider_id: str) -> Key:
    return Key("PROVIDERS", provider_id)


def trigger(trigger_id: str) -> Key:
    return Key(f"TRIGGER#{trigger_id}", "TRIGGER")


def trigger_indexes(user_id: str, graph_id: str, trigger_id: str) -> dict[str, str]:
    return {"gsi1pk": f"USER#{user_id}#GRAPH#{graph_id}#TRIGGERS", "gsi1sk": trigger_id}


def idempotency(user_id: str, key: str) -> Key:
    return Key(f"USER#{user_id}#IDEMPOTENCY", key)


def partitions(user_id: str) -> tuple[str, ...]:
    """All of a user's that the user's id alone names, but for the one of the user itself and that
    of the audit log."""
    return (
        session(user_id, "").pk,
        idempotency(user_id, "").pk,
        credential_use(user_id, "").pk,
        authorization(user_id, "").pk,
        rates(user_id),
        those_waiting(user_id),
    )


def secret(name: str) -> Key:
    return Key(f"SECRET#{name}", "SECRET")


def signing_ring() -> Key:
    return Key("SIGNING", "KEYS")
