"""The templates as the CDK writes them, one synthesis for each stage and process."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from infra_cdk.app import build
from infra_cdk.stages import STAGES

Json = dict[str, Any]

# The CDK's engine warns of a version of node that its makers no longer keep.
os.environ["JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION"] = "18,20"


@dataclass(frozen=True, slots=True)
class Template:
    """One stack of an environment."""

    document: Json

    def resources(self, kind: str) -> dict[str, Json]:
        """Properties by logical id of the resources of a kind, such as `AWS::KMS::Key`."""
        return {name: one.get("Properties", {}) for name, one in self.all(kind).items()}

    def all(self, kind: str) -> dict[str, Json]:
        """The same, as a whole."""
        every = self.document["Resources"].items()
        return {name: one for name, one in every if one["Type"] == kind}

    def statements(self) -> Iterator[tuple[str, Json]]:
        """Each IAM statement of each role, with the role's logical id."""
        assert self.resources("AWS::IAM::Policy") == {}, "A right beside the catalogue"
        for name, role in self.resources("AWS::IAM::Role").items():
            assert "ManagedPolicyArns" not in role
            for policy in role.get("Policies", []):
                for statement in policy["PolicyDocument"]["Statement"]:
                    yield name, statement


@cache
def synthesized(stage: str) -> tuple[Template, Template]:
    """The environment and its alarms. Raises RuntimeError where cdk-nag finds something."""
    with TemporaryDirectory(prefix="strata-synth-") as folder:
        # Nothing is deployed from here, so nothing need be copied.
        build(folder, stage=stage, **{"aws:cdk:disable-asset-staging": "true"}).synth()
        environment, alarms = (
            Template(json.loads(Path(folder, f"{name}.template.json").read_text("utf-8")))
            for name in (f"strata-{stage}", f"strata-{stage}-alarms")
        )
    return environment, alarms


@pytest.fixture(params=STAGES)
def stage(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def environment(stage: str) -> Template:
    return synthesized(stage)[0]


@pytest.fixture
def alarms(stage: str) -> Template:
    return synthesized(stage)[1]


@pytest.fixture
def dev() -> Template:
    return synthesized("dev")[0]
