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
| confirmations of a password, by user        | CONFIRMATIONS#user / CONFIRMATIONS                 |
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

from strata.store.keys.environment import (
    provider,
    secret,
    signing_ring,
)
from strata.store.keys.executions import (
    OPEN_SHARDS,
    event,
    execution,
    execution_indexes,
    execution_of,
    executions_by_status,
    executions_of_graph,
    executions_of_user,
    item,
    node_run,
    open_execution,
    open_executions,
    progress,
    resumption,
    slots,
    those_waiting,
    value,
    wait,
    waiting,
)
from strata.store.keys.graphs import (
    MAX_NAME,
    authorization,
    credential,
    credential_use,
    deleted_graph,
    graph,
    graph_indexes,
    plan,
    runs,
    stats,
    trigger,
    trigger_indexes,
    version,
)
from strata.store.keys.people import (
    LAST,
    active_admins,
    api_key,
    api_key_count,
    api_key_indexes,
    audit,
    confirmations,
    email,
    idempotency,
    leaving,
    letters,
    one_time_token,
    partitions,
    rate,
    rates,
    session,
    sign_ins,
    sign_ups,
    user,
    user_indexes,
    users,
)

__all__ = [
    "LAST",
    "MAX_NAME",
    "OPEN_SHARDS",
    "active_admins",
    "api_key",
    "api_key_count",
    "api_key_indexes",
    "audit",
    "authorization",
    "confirmations",
    "credential",
    "credential_use",
    "deleted_graph",
    "email",
    "event",
    "execution",
    "execution_indexes",
    "execution_of",
    "executions_by_status",
    "executions_of_graph",
    "executions_of_user",
    "graph",
    "graph_indexes",
    "idempotency",
    "item",
    "leaving",
    "letters",
    "node_run",
    "one_time_token",
    "open_execution",
    "open_executions",
    "partitions",
    "plan",
    "progress",
    "provider",
    "rate",
    "rates",
    "resumption",
    "runs",
    "secret",
    "session",
    "sign_ins",
    "sign_ups",
    "signing_ring",
    "slots",
    "stats",
    "those_waiting",
    "trigger",
    "trigger_indexes",
    "user",
    "user_indexes",
    "users",
    "value",
    "version",
    "wait",
    "waiting",
]
