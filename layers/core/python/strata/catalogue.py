"""Every Lambda function: what it serves, what it may do, how large it is.

    http          accounts  api_keys  auth  blocks  credentials  executions  graphs  nodes  system
                  triggers  users
    authorizer    authorizer
    task          run_node  end_execution
    event         end_execution      (a machine that ended without its last state)
    queue         start_queued
    schedule      reconcile  maintain
    command       maintain           (called by hand, with the rights of who calls)

A row is all that a function needs outside its own folder: the stack makes role, environment, log
group and alarms from it. A grant is a set of IAM actions and the settings that go with them, so
that whoever may use a thing also knows its name. Standard library only.
"""

from dataclasses import dataclass
from typing import Literal

Service = Literal["http", "authorizer", "task", "event", "queue", "schedule", "command"]
Resource = Literal[
    "table",
    "bucket",
    "objects",
    "key",
    "signing_key",
    "new_signing_key",
    "all_keys",
    "queue",
    "dead_letters",
    "machines",
    "machine_executions",
    "machine_role",
    "sender",
]

SIGNING_TAG = "strata-signing"
"""On each key that signs access tokens: the stage that it signs for."""


@dataclass(frozen=True, slots=True)
class Permission:
    """IAM actions on one resource; `via` is the only service that may pass the call on, or the
    only one that a role may be handed to."""

    resource: Resource
    actions: tuple[str, ...]
    via: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """Permissions that make sense together, and the fields of `Settings` that name their things."""

    permissions: tuple[Permission, ...]
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """`memory` in MB, `timeout` in seconds; the code is the folder `functions/<name>`."""

    name: str
    serves: tuple[Service, ...]
    grants: tuple[Grant, ...]
    memory: int = 512
    timeout: int = 29
    """HTTP API gives up after 30 seconds; an answer of our own is better than its."""
    every_minutes: int = 0
    """How often a schedule calls it; its timeout is less, so that no call meets another."""
    steers_by_errors: bool = False
    """Whether its exceptions steer a state machine, so that one of them is no alarm yet."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that its grants bring, each once."""
        return tuple(dict.fromkeys(name for grant in self.grants for name in grant.settings))

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """The permissions of its grants, each once."""
        return tuple(dict.fromkeys(one for grant in self.grants for one in grant.permissions))


_READ_ITEMS = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
# A transaction has no action of its own: it needs those of its parts.
_WRITE_ITEMS = (
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
)
# What is encrypted at rest is opened with the caller's rights, through the service alone.
_OPEN_TABLE = ("kms:Decrypt", "kms:DescribeKey")
_CLOSE_TABLE = ("kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo")
_BUCKET_KEY = Permission("key", ("kms:Decrypt", "kms:GenerateDataKey"), via="s3")

READ_TABLE = Grant(
    (Permission("table", _READ_ITEMS), Permission("key", _OPEN_TABLE, via="dynamodb")),
    ("table",),
)
WRITE_TABLE = Grant(
    (
        Permission("table", _READ_ITEMS + _WRITE_ITEMS),
        Permission("key", _OPEN_TABLE + _CLOSE_TABLE, via="dynamodb"),
    ),
    ("table",),
)
# Of every request, before its function is called.
COUNT_REQUESTS = Grant(
    (
        Permission("table", ("dynamodb:UpdateItem",)),
        Permission("key", _OPEN_TABLE + _CLOSE_TABLE, via="dynamodb"),
    ),
    ("table", "requests_per_minute", "requests_per_day"),
)
SIGN_IN = Grant((), ("verified_email",))
LIMIT_SIGN_UPS = Grant((), ("sign_ups_per_hour",))
USE_BUCKET = Grant(
    (
        Permission("objects", ("s3:GetObject", "s3:PutObject")),
        # Without it S3 answers 403 where an object is absent.
        Permission("bucket", ("s3:ListBucket",)),
        _BUCKET_KEY,
    ),
    ("bucket",),
)
DELETE_OBJECTS = Grant((Permission("objects", ("s3:DeleteObject",)),), ("bucket",))
SEAL = Grant((Permission("key", ("kms:GenerateDataKey", "kms:Decrypt")),), ("key",))
OPEN = Grant((Permission("key", ("kms:Decrypt",)),), ("key",))
SIGN = Grant((Permission("signing_key", ("kms:Sign", "kms:GetPublicKey")),), ("signing_key",))
VERIFY = Grant((Permission("signing_key", ("kms:GetPublicKey",)),), ("signing_key",))
# Signing keys are made at run time, each tagged with its stage: the rights on them go by the tag.
ROTATE_KEYS = Grant(
    (
        Permission("key", ("kms:RotateKeyOnDemand",)),
        Permission("new_signing_key", ("kms:CreateKey", "kms:TagResource")),
        Permission(
            "signing_key",
            ("kms:ListResourceTags", "kms:DescribeKey", "kms:ScheduleKeyDeletion"),
        ),
        Permission("all_keys", ("kms:ListKeys",)),
    ),
    ("key", "signing_key"),
)
COMPILE = Grant((), ("run_node", "end_execution"))
HAND_OUT_URLS = Grant((), ("public_url",))
AUTHORIZE = Grant((), ("public_url", "oauth_redirect_url"))
# A stage without a sender has nothing that this could be on: then it is no right at all.
SEND_LETTERS = Grant((Permission("sender", ("ses:SendEmail",)),), ("mail_from", "public_url"))
RUN_MACHINES = Grant(
    (
        Permission(
            "machines",
            ("states:StartExecution", "states:CreateStateMachine", "states:DescribeStateMachine"),
        ),
        Permission("machine_role", ("iam:PassRole",), via="states"),
    ),
    ("machine_prefix", "machine_role", "machine_log_group", "most_running", *COMPILE.settings),
)
STOP_MACHINES = Grant(
    (Permission("machine_executions", ("states:StopExecution",)),), ("machine_prefix",)
)
WATCH_MACHINES = Grant(
    (Permission("machine_executions", ("states:DescribeExecution",)),), ("machine_prefix",)
)
# A token says nothing of its machine: AWS looks up which one waits for it, and asks for a right on
# that. Its reference of actions names no resource here; its CDK grants them on the machine.
ANSWER_MACHINES = Grant(
    (Permission("machines", ("states:SendTaskSuccess", "states:SendTaskFailure")),), ()
)
# Whoever ends an execution lets the next of its user begin, lets a Task go on that waits for this
# one, and stops those that it waits for itself.
END_EXECUTIONS = (RUN_MACHINES, STOP_MACHINES, ANSWER_MACHINES)
_QUEUE_KEY = Permission("key", ("kms:Decrypt", "kms:GenerateDataKey"), via="sqs")
TAKE_FROM_QUEUE = Grant(
    (
        Permission(
            "queue",
            (
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:GetQueueAttributes",
            ),
        ),
        _QUEUE_KEY,
    ),
    (),
)
LEAVE_DEAD_LETTERS = Grant((Permission("dead_letters", ("sqs:SendMessage",)), _QUEUE_KEY), ())

CATALOGUE = (
    Function("accounts", ("http",), (WRITE_TABLE, LIMIT_SIGN_UPS, SEND_LETTERS), memory=1024),
    Function("api_keys", ("http",), (WRITE_TABLE, SEAL)),
    Function("auth", ("http",), (WRITE_TABLE, SEAL, SIGN, SIGN_IN), memory=1024),
    Function("authorizer", ("authorizer",), (READ_TABLE, COUNT_REQUESTS, VERIFY), timeout=10),
    Function("blocks", ("http",), (WRITE_TABLE, SEAL)),
    Function("credentials", ("http",), (WRITE_TABLE, USE_BUCKET, SEAL, AUTHORIZE)),
    Function(
        "end_execution",
        ("task", "event"),
        (WRITE_TABLE, USE_BUCKET, *END_EXECUTIONS, LEAVE_DEAD_LETTERS),
        timeout=60,
    ),
    Function(
        "executions", ("http",), (WRITE_TABLE, USE_BUCKET, SEAL, *END_EXECUTIONS, HAND_OUT_URLS)
    ),
    Function("graphs", ("http",), (WRITE_TABLE, USE_BUCKET, SEAL, COMPILE), memory=1024),
    # It may have to renew the tokens of a credential, and keep them.
    Function(
        "maintain",
        ("schedule", "command"),
        (WRITE_TABLE, SEAL, VERIFY, ROTATE_KEYS),
        timeout=540,
        every_minutes=1440,
    ),
    Function("nodes", ("http",), (WRITE_TABLE, USE_BUCKET, SEAL), memory=1024),
    Function(
        "reconcile",
        ("schedule",),
        # The last two for users who leave: tokens are revoked, and large values deleted.
        (WRITE_TABLE, USE_BUCKET, *END_EXECUTIONS, WATCH_MACHINES, SEAL, DELETE_OBJECTS),
        timeout=290,
        every_minutes=5,
    ),
    Function(
        "run_node",
        ("task",),
        (WRITE_TABLE, USE_BUCKET, SEAL, *END_EXECUTIONS, HAND_OUT_URLS),
        memory=1024,
        timeout=900,
        steers_by_errors=True,
    ),
    Function(
        "start_queued",
        ("queue",),
        (WRITE_TABLE, USE_BUCKET, SEAL, RUN_MACHINES, TAKE_FROM_QUEUE),
        timeout=60,
    ),
    Function("system", ("http",), (READ_TABLE, VERIFY)),
    Function("triggers", ("http",), (WRITE_TABLE, USE_BUCKET, SEAL)),
    Function(
        "users",
        ("http",),
        (WRITE_TABLE, USE_BUCKET, SEAL, *END_EXECUTIONS, HAND_OUT_URLS),
        memory=1024,
    ),
)
BY_NAME = {function.name: function for function in CATALOGUE}
