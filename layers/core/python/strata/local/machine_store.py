"""State machines: their definitions in the database, and those in use as the engine runs them."""

from functools import partial

from strata.local import records
from strata.local.database import Database
from strata.local.definition import parse_definition
from strata.local.states import Machine
from strata.memory import Memory

CAPACITY = 64
"""Machines in use, a large one counted several times: see `Memory`."""


class MachineStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._in_use = Memory(CAPACITY)

    def add(self, name: str, definition: str, express: bool) -> bool:
        """Whether the machine now is as given; False leaves the one of that name as it is.

        Raises InvalidDefinition."""
        machine = parse_definition(definition, express=express)
        keep = partial(records.keep_machine, name=name, definition=definition, express=express)
        is_kept = self._database.write(keep)
        if is_kept:
            self._in_use.recall(name, lambda: machine, _parts)
        return is_kept

    def delete(self, name: str) -> None:
        self._database.write(partial(records.delete_machine, name=name))
        self._in_use.forget(name)

    def get(self, name: str) -> Machine:
        """Of a machine that has an execution, deleted or not. Raises InvalidDefinition for one
        that an engine of another version took."""

        def read() -> Machine:
            with self._database.reading() as connection:
                definition, express = records.machine(connection, name)
            return parse_definition(definition, express=express)

        return self._in_use.recall(name, read, _parts)

    def find(self, name: str) -> Machine | None:
        """The same where there may be none; a deleted one is none."""
        with self._database.reading() as connection:
            exists = records.has_machine(connection, name)
        return self.get(name) if exists else None


def _parts(machine: Machine) -> int:
    """A state is about 300 characters, and some two kilobytes once it is read."""
    return machine.size // 100
