"""What Strata asks of a platform: the parts that AWS and the embedded platform both implement.

Table      items under (pk, sk) with four indexes; every write may carry conditions
Blobs      bytes under a name
Vault      data keys bound to a context, and signatures
Notifier   letters to users
Machines   state machines and their executions
Queue      messages that start executions
"""

from strata.ports.letters import Letter, Notifier
from strata.ports.machines import MachineDiffers, MachineMissing, Machines, MachineStatus, Queue
from strata.ports.stores import REFRESH_DAYS, Blobs, DataKey, InvalidCiphertext, Vault
from strata.ports.table import (
    ABSENT,
    INDEXES,
    MAX_ITEM_BYTES,
    MAX_WRITES,
    PRESENT,
    Check,
    Condition,
    ConditionFailed,
    Delete,
    Item,
    ItemTooLarge,
    Key,
    Operator,
    Page,
    Put,
    Query,
    Table,
    Update,
    Write,
)

__all__ = [
    "ABSENT",
    "INDEXES",
    "MAX_ITEM_BYTES",
    "MAX_WRITES",
    "PRESENT",
    "REFRESH_DAYS",
    "Blobs",
    "Check",
    "Condition",
    "ConditionFailed",
    "DataKey",
    "Delete",
    "InvalidCiphertext",
    "Item",
    "ItemTooLarge",
    "Key",
    "Letter",
    "MachineDiffers",
    "MachineMissing",
    "MachineStatus",
    "Machines",
    "Notifier",
    "Operator",
    "Page",
    "Put",
    "Query",
    "Queue",
    "Table",
    "Update",
    "Vault",
    "Write",
]
