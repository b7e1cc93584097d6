"""Secrets of every kind are planted in a story; all that was stored, logged or told is searched.

What a user gives as a plain value is kept as one, and so is what a graph makes of a secret in a way
of its own: its hash, say. A secret input is kept among the values of its execution, masked wherever
these are shown, until the execution or its owner goes. A message waits in the queue as it was sent.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto.ses.models import ses_backends

from strata import observability
from strata.aws.letters import SesNotifier
from strata.clock import SystemClock
from strata.local.functions import Functions
from strata.local.gateway import Gateway
from strata.local.platform import LocalPlatform, enqueue, open_platform
from strata.outbound import GuardedClient
from strata.settings import Settings
from tests.account import ACCOUNT, BUCKET, CLIENTS, REGION, TABLE
from tests.builders import graph, node
from tests.canaries import Cage
from tests.moto_engine import moto_engine
from tests.scenarios import secret_stories as stories
from tests.scenarios.planted import Provider, Teller, upstream

Place = tuple[str, bytes]
SENDER = "strata.example"


def _files(folder: Path) -> Iterator[Place]:
    """All of a folder, byte by byte: pages that SQLite no longer uses too."""
    for path in folder.rglob("*"):
        if path.is_file():
            name = str(path.relative_to(folder)).replace("strata.sqlite", "database")
            yield name.replace("blobs", "values"), path.read_bytes()


def _told(
    cage: Cage,
    provider: Provider,
    functions: Functions,
    read_letters: Callable[[], str],
    send: Callable[[str], Any],
) -> Teller:
    """All stories, one after the other; who told them."""
    teller = Teller(Gateway(cast(LocalPlatform, _door(functions))))

    def promote(email: str, role: str) -> Any:
        command = {"command": "set_role", "email": email, "role": role}
        return functions.call("maintain", command)

    teller.password = stories.account(teller, cage, promote)
    stories.letters(teller, cage, read_letters)
    stories.api_keys(teller, cage)
    ids = stories.credentials(teller, cage, provider)
    ids["oauth2"] = stories.oauth(teller, cage, provider)
    stories.triggers(teller, cage, lambda message: send(json.dumps(message)))
    stories.executions(teller, cage, provider, ids)
    stories.last_looks(teller)
    return teller


def _door(functions: Functions) -> SimpleNamespace:
    return SimpleNamespace(functions=functions, platform=functions.platform)


def _leaves(teller: Teller, functions: Functions) -> None:
    """Somebody else looks after the environment from then on."""
    other = {"email": f"other.{stories.EMAIL}", "password": "the next one's own words"}
    teller.asks("POST /auth/register", other, status=201)
    functions.call("maintain", {"command": "set_role", "email": other["email"], "role": "admin"})
    teller.asks("DELETE /auth/me", {"current_password": teller.password}, status=202)
    while functions.call("reconcile", {"grace_seconds": 0})["leaving"]:
        SystemClock().sleep(0.1)


@pytest.mark.parametrize("leaves", [False, True])
def test_no_secret_is_left_on_the_embedded_platform(tmp_path: Path, leaves: bool) -> None:
    cage = Cage()
    with upstream(cage) as provider:
        settings = Settings(allowed_upstream=provider.upstream, log_level="DEBUG")
        with open_platform(tmp_path, settings=settings) as local:
            outbox, clock = tmp_path / "outbox", SystemClock()
            teller = _told(
                cage,
                provider,
                local.functions,
                lambda: outbox.read_text("utf-8"),
                lambda text: enqueue(tmp_path, text, clock),
            )
            if leaves:
                _leaves(teller, local.functions)
                cage = cage.without("items", "values")
    found = cage.seen_in([*_files(tmp_path), *teller.heard])
    assert found == [], "\n".join(found)


def _account(log: io.StringIO) -> Iterator[Place]:
    """All that stands in the account, and what its functions wrote."""
    yield "log", log.getvalue().encode()
    pages = CLIENTS.get("dynamodb").get_paginator("scan").paginate(TableName=TABLE)
    for item in (item for page in pages for item in page["Items"]):
        yield "items", repr(item).encode()
    for listed in CLIENTS.get("s3").list_objects_v2(Bucket=BUCKET).get("Contents", ()):
        stored = CLIENTS.get("s3").get_object(Bucket=BUCKET, Key=listed["Key"])
        yield "values", stored["Body"].read() + listed["Key"].encode()
    for sent in ses_backends[ACCOUNT][REGION].sent_messages:
        yield "letters", repr(vars(sent)).encode()
    yield from _machines()


def _machines() -> Iterator[Place]:
    """Definitions; what went into executions, came out and happened."""
    states = CLIENTS.get("stepfunctions")
    for machine in states.list_state_machines()["stateMachines"]:
        arn = {"stateMachineArn": machine["stateMachineArn"]}
        yield "definition", repr(states.describe_state_machine(**arn)).encode()
        for listed in states.list_executions(**arn)["executions"]:
            execution = {"executionArn": listed["executionArn"]}
            yield "execution", repr(states.describe_execution(**execution)).encode()
            history = states.get_paginator("get_execution_history").paginate(**execution)
            yield "history", repr([page["events"] for page in history]).encode()


def test_no_secret_is_left_in_an_account(monkeypatch: pytest.MonkeyPatch) -> None:
    cage, log = Cage(), io.StringIO()
    with upstream(cage) as provider, moto_engine(monkeypatch) as functions:
        CLIENTS.get("sesv2").create_email_identity(EmailIdentity=SENDER)
        assert functions.platform
        platform = functions.platform
        settings = replace(
            platform.settings,
            mail_from=f"strata@{SENDER}",
            log_level="DEBUG",
            allowed_upstream=provider.upstream,
        )
        notifier = SesNotifier(CLIENTS, settings.mail_from)
        outbound = GuardedClient(provider.upstream)
        functions.platform = replace(
            platform, settings=settings, notifier=notifier, outbound=outbound
        )
        observability.direct(log)
        try:
            teller = _told(
                cage,
                provider,
                functions,
                lambda: repr([vars(one) for one in ses_backends[ACCOUNT][REGION].sent_messages]),
                lambda text: functions.call("start_queued", {"Records": [_record(text)]}),
            )
        finally:
            observability.direct(None)
        places = [*_account(log), *teller.heard]
    found = cage.seen_in(places)
    assert {"log", "items", "letters", "definition", "execution", "history"} <= dict(places).keys()
    assert found == [], "\n".join(found)


def _record(text: str) -> dict[str, Any]:
    return {"messageId": "1", "body": text, "attributes": {"ApproximateReceiveCount": "1"}}


def test_the_search_sees_into_every_place_of_the_embedded_platform(tmp_path: Path) -> None:
    cage = Cage()
    with open_platform(tmp_path) as local:
        teller = Teller(Gateway(local))
        account = {"email": stories.EMAIL, "password": cage.plant("password")}
        teller.asks("POST /auth/register", account, status=201)
        stories.signs_in(teller, cage, account["password"])
        values = {"small": cage.plant("small"), "large": cage.plant("large") * 3000}
        made = graph([node(name, value=value) for name, value in values.items()])
        body = made.model_dump(mode="json")
        graph_id = teller.asks("POST /graphs", body, status=201)["id"]
        started = teller.asks(f"POST /graphs/{graph_id}/executions", {}, status=202)
        teller.waits(started["id"], "COMPLETED")
        teller.asks(f"GET /graphs/{graph_id}")
        observability._SINK.write(cage.plant("logged") + "\n")
    found = " ".join(cage.seen_in([*_files(tmp_path), *teller.heard]))
    for one in ("small as text in database", "large as text in values", "logged as text in strata"):
        assert one in found
    assert "small as text in answer to GET /graphs/" in found
    assert "password" not in found


def test_a_secret_input_beside_large_ones_is_masked_all_the_same(tmp_path: Path) -> None:
    cage = Cage()
    with open_platform(tmp_path) as local:
        teller = Teller(Gateway(local))
        account = {"email": stories.EMAIL, "password": cage.plant("password")}
        teller.asks("POST /auth/register", account, status=201)
        stories.signs_in(teller, cage, account["password"])
        names = ("a", "b", "key")
        inputs = [node(name, "input", name=name, secret=name == "key") for name in names]
        made = graph([*inputs, node("copy")], "key.value -> copy.value").model_dump(mode="json")
        graph_id = teller.asks("POST /graphs", made, status=201)["id"]
        key = cage.plant("long key", "database") + "k" * 2000
        given = {"inputs": {"a": "x" * 90_000, "b": "y" * 59_000, "key": key}}
        started = teller.asks(f"POST /graphs/{graph_id}/executions", given, status=202)
        teller.waits(started["id"], "COMPLETED")
        for one in ("", "/nodes", "/nodes/copy"):
            teller.asks(f"GET /executions/{started['id']}{one}")
    assert cage.seen_in([*_files(tmp_path), *teller.heard]) == []
