"""From the catalogue's grants to IAM statements: the one place where a right gets its resource."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk.aws_iam import PolicyStatement

from strata.catalogue import Function, Permission, Resource

Arns = Mapping[Resource, Sequence[str]]

_MADE_AT_RUN_TIME: Mapping[Resource, str] = {
    "objects": "Objects are named by ids that are made at run time; the bucket holds nothing else",
    "machines": "State machines are made at run time, under the prefix of this environment alone",
    "machine_executions": "Executions are of those machines, which are made at run time",
}


def statements(stack: Stack, function: Function, arns: Arns) -> list[PolicyStatement]:
    """What the catalogue grants a function, each right on exactly its resource; a right on
    something that this environment does not have is none."""
    there = [one for one in function.permissions if arns[one.resource]]
    return [_statement(stack, permission, arns) for permission in there]


def wildcards(stack: Stack, function: Function, arns: Arns) -> Iterator[tuple[str, str]]:
    """Each resource with a `*` in its name, as cdk-nag writes it, and why it must be one."""
    for resource in dict.fromkeys(one.resource for one in function.permissions):
        for arn in arns[resource]:
            name = written(stack.resolve(arn))
            if "*" in name:
                yield name, _MADE_AT_RUN_TIME[resource]


def _statement(stack: Stack, permission: Permission, arns: Arns) -> PolicyStatement:
    return PolicyStatement(
        actions=list(permission.actions),
        resources=list(arns[permission.resource]),
        conditions=_conditions(stack, permission),
    )


def _conditions(stack: Stack, permission: Permission) -> dict[str, object] | None:
    if not permission.via:
        return None
    if permission.resource == "machine_role":
        return {"StringEquals": {"iam:PassedToService": f"{permission.via}.amazonaws.com"}}
    service = f"{permission.via}.{stack.region}.amazonaws.com"
    return {"StringEquals": {"kms:ViaService": service}}


def written(value: Any) -> str:
    """`{"Fn::GetAtt": ["Bucket", "Arn"]}` as `<Bucket.Arn>`: an ARN as cdk-nag writes it."""
    match value:
        case {"Fn::Join": ["", list(parts)]}:
            return "".join(map(written, parts))
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Ref": name}:
            return f"<{name}>"
    return str(value)
