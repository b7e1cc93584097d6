"""Least privilege, as the template has it."""

import json
from typing import Any

import pytest

from strata.catalogue import CATALOGUE, RUN_MACHINES, Function
from tests.infra.conftest import Template

pytestmark = pytest.mark.xdist_group("infra")

Json = dict[str, Any]

# AWS names no resource for these actions.
WITHOUT_RESOURCE = ("xray:", "logs:", "kms:CreateKey", "kms:ListKeys")
# To tag a key that is being made it wants a right that names no key; see its conditions.
ON_WHAT_IS_MADE = ("kms:TagResource",)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _role_of(row: Function, template: Template) -> str:
    functions = template.resources("AWS::Lambda::Function").values()
    (function,) = (one for one in functions if one["FunctionName"] == f"strata-dev-{row.name}")
    name: str = function["Role"]["Fn::GetAtt"][0]
    return name


def _actions(row: Function, template: Template) -> set[str]:
    role = _role_of(row, template)
    own = (statement for name, statement in template.statements() if name == role)
    return {action for statement in own for action in _listed(statement["Action"])}


def test_no_role_may_do_all_of_anything(environment: Template) -> None:
    actions = [one for _, each in environment.statements() for one in _listed(each["Action"])]
    assert [action for action in actions if "*" in action] == []


def test_everything_is_a_resource_only_where_aws_has_none(environment: Template) -> None:
    wide = [
        action
        for _, statement in environment.statements()
        if "*" in _listed(statement["Resource"])
        for action in _listed(statement["Action"])
    ]
    known = (*WITHOUT_RESOURCE, *ON_WHAT_IS_MADE)
    assert [action for action in wide if not action.startswith(known)] == []


def test_every_statement_allows_and_names_what_it_allows(environment: Template) -> None:
    for _, statement in environment.statements():
        assert statement["Effect"] == "Allow"
        assert not statement.keys() & {"NotAction", "NotResource"}


@pytest.mark.parametrize("row", CATALOGUE, ids=lambda row: row.name)
def test_a_function_may_do_what_the_catalogue_grants_and_write_its_log(
    row: Function, dev: Template
) -> None:
    # This stage has no sender of letters, see test_sender.py.
    there = (one for one in row.permissions if one.resource != "sender")
    granted = {action for one in there for action in one.actions}
    always = {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }
    assert _actions(row, dev) == granted | always


def test_each_function_has_a_role_of_its_own(dev: Template) -> None:
    roles = [_role_of(row, dev) for row in CATALOGUE]
    assert len(set(roles)) == len(CATALOGUE)


def test_the_machine_role_is_all_that_may_be_handed_on_and_to_step_functions_alone(
    environment: Template,
) -> None:
    handing = [one for _, one in environment.statements() if "iam:PassRole" in one["Action"]]
    (machine_role,) = (
        name for name in environment.resources("AWS::IAM::Role") if name.startswith("MachinesRole")
    )
    makers = [row for row in CATALOGUE if RUN_MACHINES in row.grants]
    assert len(handing) == len(makers)
    for statement in handing:
        assert statement["Action"] == "iam:PassRole"
        assert statement["Resource"] == {"Fn::GetAtt": [machine_role, "Arn"]}
        assert statement["Condition"] == {
            "StringEquals": {"iam:PassedToService": "states.amazonaws.com"}
        }


def test_machines_may_call_the_tasks_of_the_catalogue_and_nothing_else(dev: Template) -> None:
    calls = [one for _, one in dev.statements() if "lambda:InvokeFunction" in one["Action"]]
    tasks = {f"strata-dev-{row.name}" for row in CATALOGUE if "task" in row.serves}
    (statement,) = calls
    called = {
        json.dumps(resource).rpartition(":function:")[2].removesuffix('"]]}')
        for resource in _listed(statement["Resource"])
    }
    assert called == tasks


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("states:StartExecution", ":stateMachine:strata-dev-*"),
        ("states:DescribeExecution", ":execution:strata-dev-*"),
        ("states:StopExecution", ":execution:strata-dev-*"),
        ("events:PutRule", ":rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"),
    ],
)
def test_machines_may_run_parts_of_this_environment_and_nothing_beside(
    dev: Template, action: str, resource: str
) -> None:
    (statement,) = (
        one
        for name, one in dev.statements()
        if name.startswith("MachinesRole") and action in _listed(one["Action"])
    )
    assert _ends(statement["Resource"]) == [resource]


def _ends(resources: Any) -> list[str]:
    """Each ARN from its resource on: what goes before is account and region."""
    return [json.loads(f'"{json.dumps(one).split(chr(34))[-2]}"') for one in _listed(resources)]


def test_nobody_answers_or_stops_what_is_not_of_this_environment(dev: Template) -> None:
    of_machines = {
        end
        for _, one in dev.statements()
        for action in _listed(one["Action"])
        if action.startswith("states:")
        for end in _ends(one["Resource"])
    }
    assert of_machines == {":stateMachine:strata-dev-*", ":execution:strata-dev-*"}


def test_the_role_of_machines_serves_those_of_this_environment_alone(
    environment: Template, stage: str
) -> None:
    roles = environment.resources("AWS::IAM::Role")
    (role,) = (one for name, one in roles.items() if name.startswith("MachinesRole"))
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "states.amazonaws.com"}
    assert f"stateMachine:strata-{stage}-*" in json.dumps(trust["Condition"]["ArnLike"])
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}


def test_only_who_signs_in_people_signs(dev: Template) -> None:
    signers = {row.name for row in CATALOGUE if "kms:Sign" in _actions(row, dev)}
    assert signers == {"auth"}


def test_only_who_looks_after_keys_makes_tags_and_deletes_them(dev: Template) -> None:
    for name in ("CreateKey", "TagResource", "ScheduleKeyDeletion", "RotateKeyOnDemand"):
        action = f"kms:{name}"
        assert {row.name for row in CATALOGUE if action in _actions(row, dev)} == {"maintain"}


SIGNING = {"kms:Sign", "kms:GetPublicKey", "kms:ScheduleKeyDeletion", "kms:ListResourceTags"}


def test_rights_on_signing_keys_are_on_those_with_the_tag_of_their_stage(
    environment: Template, stage: str
) -> None:
    found = [one for _, one in environment.statements() if SIGNING & {*_listed(one["Action"])}]
    assert len(found) >= 4
    for statement in found:
        assert statement["Condition"] == {"StringEquals": {"aws:ResourceTag/strata-signing": stage}}
        assert json.dumps(statement["Resource"]).endswith(':key/*"]]}')


def test_the_first_signing_key_has_that_tag_and_no_other_key_has(
    environment: Template, stage: str
) -> None:
    tagged = {
        name: one.get("KeySpec")
        for name, one in environment.resources("AWS::KMS::Key").items()
        if {"Key": "strata-signing", "Value": stage} in one.get("Tags", [])
    }
    assert list(tagged.values()) == ["ECC_NIST_P256"]


def test_a_key_is_made_or_tagged_for_signing_in_its_stage_alone(
    environment: Template, stage: str
) -> None:
    (making,) = (one for _, one in environment.statements() if "kms:CreateKey" in one["Action"])
    assert making["Action"] == ["kms:CreateKey", "kms:TagResource"]
    assert making["Condition"] == {
        "StringEquals": {"aws:RequestTag/strata-signing": stage},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["strata-signing"]},
        "StringEqualsIfExists": {"kms:KeyUsage": "SIGN_VERIFY", "kms:KeySpec": "ECC_NIST_P256"},
    }


def test_what_is_encrypted_at_rest_is_opened_through_its_service_alone(dev: Template) -> None:
    sealing = {row.name for row in CATALOGUE if "key" in row.settings}
    direct = {
        name
        for name, one in dev.statements()
        if "kms:Decrypt" in _listed(one["Action"]) and "Condition" not in one
    }
    assert direct == {_role_of(row, dev) for row in CATALOGUE if row.name in sealing}
