"""Letters: who may send them, and in whose name."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from infra_cdk.app import build
from infra_cdk.stages import STAGES
from tests.infra.conftest import Template

pytestmark = pytest.mark.xdist_group("infra")

ACTION = "ses:SendEmail"


def senders(template: Template) -> dict[str, str]:
    """What each role may send as, written as JSON."""
    return {
        name: json.dumps(one["Resource"])
        for name, one in template.statements()
        if ACTION in one["Action"]
    }


def test_an_environment_without_a_sender_grants_nobody_to_send(environment: Template) -> None:
    assert senders(environment) == {}


def test_one_with_a_sender_lets_accounts_alone_send_as_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailing = replace(STAGES["dev"], mail_from="strata@example.org")
    monkeypatch.setitem(STAGES, "dev", mailing)
    build(str(tmp_path), stage="dev", **{"aws:cdk:disable-asset-staging": "true"}).synth()
    template = Template(json.loads((tmp_path / "strata-dev.template.json").read_text("utf-8")))
    [(role, resources)] = senders(template).items()
    assert role.startswith("Functionsaccounts")
    assert ":identity/strata@example.org" in resources
    assert ":identity/example.org" in resources
    functions = template.resources("AWS::Lambda::Function").values()
    [accounts] = [one for one in functions if one["FunctionName"] == "strata-dev-accounts"]
    assert accounts["Environment"]["Variables"]["STRATA_MAIL_FROM"] == "strata@example.org"
