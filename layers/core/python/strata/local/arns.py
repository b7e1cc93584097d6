"""Names of things in the form that AWS gives them; region and account are those of no one."""

from typing import NamedTuple

REGION = "local"
ACCOUNT = "000000000000"
_FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
_MACHINE = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:start"


def function_arn(name: str) -> str:
    return _FUNCTION + name


def function_name(arn: str) -> str:
    """The folder of the function; its ARN may be of any account, and name a version. A Task may
    also give the bare name."""
    return arn.rpartition(":function:")[2].partition(":")[0]


def machine_arn(name: str) -> str:
    return _MACHINE + name


def machine_name(arn: str) -> str:
    """Of a machine here: the ARN of one elsewhere names none."""
    return arn.removeprefix(_MACHINE) if arn.startswith(_MACHINE) else ""


class Ids(NamedTuple):
    """Of an execution: its machine's name and its own."""

    machine: str
    name: str

    @property
    def machine_arn(self) -> str:
        return machine_arn(self.machine)

    @property
    def arn(self) -> str:
        return f"arn:aws:states:{REGION}:{ACCOUNT}:execution:{self.machine}:{self.name}"
