"""From the catalogue's grants to IAM statements: the one place where a right gets its resource."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk.aws_iam import PolicyStatement

from infra_cdk.names import Names
from strata.catalogue import SIGNING_TAG, Function, Permission, Resource

Arns = Mapping[Resource, Sequence[str]]

_MADE_AT_RUN_TIME: Mapping[Resource, str] = {
    "objects": "Objects are named by ids that are made at run time; the bucket holds nothing else",
    "machines": "State machines are made at run time, under the prefix of this environment alone",
    "machine_executions": "Executions are of those machines, which are made at run time",
    "signing_key": "Signing keys are made at run time; their tag names this environment",
    "new_signing_key": "A key that is being made has no name yet; its tag names this environment",
    "all_keys": "AWS asks for * to list keys",
}


def statements(names: Names, function: Function, arns: Arns) -> list[PolicyStatement]:
    """What the catalogue grants a function, each right on exactly its resource; a right on
    something that this environment does not have is none."""
    there = [one for one in function.permissions if arns[one.resource]]
    return [_statement(names, permission, arns) for permission in there]


def wildcards(stack: Stack, function: Function, arns: Arns) -> Iterator[tuple[str, str]]:
    """Each resource with a `*` in its name, as cdk-nag writes it, and why it must be one."""
    for resource in dict.fromkeys(one.resource for one in function.permissions):
        for arn in arns[resource]:
            name = written(stack.resolve(arn))
            if "*" in name:
                yield name, _MADE_AT_RUN_TIME[resource]


def _statement(names: Names, permission: Permission, arns: Arns) -> PolicyStatement:
    return PolicyStatement(
        actions=list(permission.actions),
        resources=list(arns[permission.resource]),
        conditions=_conditions(names, permission),
    )


def _conditions(names: Names, permission: Permission) -> dict[str, object] | None:
    match permission.resource:
        case "machine_role":
            return {"StringEquals": {"iam:PassedToService": f"{permission.via}.amazonaws.com"}}
        case "signing_key":
            return {"StringEquals": {f"aws:ResourceTag/{SIGNING_TAG}": names.stage.name}}
        case "new_signing_key":
            return _tagged_and_for_signing(names.stage.name)
    if not permission.via:
        return None
    service = f"{permission.via}.{names.stack.region}.amazonaws.com"
    return {"StringEquals": {"kms:ViaService": service}}


def _tagged_and_for_signing(stage: str) -> dict[str, object]:
    """Who may tag keys could lay hands on any: so only keys for signing, and only with this tag."""
    return {
        "StringEquals": {f"aws:RequestTag/{SIGNING_TAG}": stage},
        "ForAllValues:StringEquals": {"aws:TagKeys": [SIGNING_TAG]},
        "StringEqualsIfExists": {"kms:KeyUsage": "SIGN_VERIFY", "kms:KeySpec": "ECC_NIST_P256"},
    }


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
