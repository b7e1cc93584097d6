"""`strata keys`: on a folder, beside a platform that runs there, and on a stage of AWS."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from strata import signing_keys, tokens
from strata.local.beside import call_beside
from strata.local.platform import open_platform
from strata.model.user import User
from strata.platform import Platform
from strata.signing_keys import FRESH_SECONDS, SETTLE_SECONDS
from strata.store import credentials, keys, users
from strata.store.sealing import seal
from tests.held_clock import HeldClock
from tests.held_platform import USER
from tests.unit.local.command_line import strata

ADA = User(USER, "ada@example.com", "Ada", "$argon2id$", "2026-03-01T12:00:00.000Z")
SESSION = "ses_00000000000000000000000001"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A platform has kept its data there, and runs no more."""
    open_platform(tmp_path).close()
    return tmp_path


def answered(*arguments: object) -> Any:
    done = strata(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def vault(folder: Path) -> set[str]:
    return {path.name.partition("_")[0] for path in (folder / "vault").iterdir()}


def test_a_new_wrapping_key_is_made(folder: Path) -> None:
    assert answered("keys", "rotate", "--data", folder) == {"rotated": True}
    assert vault(folder) == {"master.key", "master-2.key", "signing.key"}


def test_a_new_signing_key_is_made_once_however_often_one_asks_at_once(folder: Path) -> None:
    first = answered("keys", "rotate", "--signing", "--data", folder)
    second = answered("keys", "rotate", "--signing", "--data", folder)
    assert (first["rotated"], second) == (True, {"rotated": False, "kid": first["kid"]})
    assert vault(folder) == {"master.key", "signing.key", "signing"}


def test_a_person_is_told_in_sentences(folder: Path) -> None:
    told = [
        strata("keys", *what, "--data", folder).output
        for what in (["rotate"], ["rotate", "--signing"], ["rotate", "--signing"], ["reseal"])
    ]
    assert "reseal` brings the others" in told[0]
    assert told[1].startswith("The new signing key is ")
    assert told[2].startswith("Another rotation is under way")
    assert told[3] == "0 sealed anew, 0 in change and left alone, 0 cannot be opened\n"


@pytest.mark.parametrize("verb", [["rotate"], ["rotate", "--signing"], ["reseal"]])
class TestRefusals:
    def test_a_folder_without_a_platform_s_data_is_left_as_it_is(
        self, tmp_path: Path, verb: list[str]
    ) -> None:
        done = strata("keys", *verb, "--data", tmp_path)
        assert (done.exit_code, list(tmp_path.iterdir())) == (2, [])
        assert "no platform has kept its data here" in done.output

    def test_a_folder_whose_master_key_is_lost_is_refused(
        self, folder: Path, verb: list[str]
    ) -> None:
        (folder / "vault" / "master.key").unlink()
        done = strata("keys", *verb, "--data", folder)
        assert done.exit_code == 1
        assert "is lost" in done.output
        assert "Traceback" not in done.output


@pytest.fixture
def sealed(folder: Path) -> Path:
    """With a credential that opens and one that does not."""
    with open_platform(folder) as opened:
        users.add(ADA, opened.platform)
        for number, at in ((1, 1), (2, 7)):
            bound = credentials.context(f"crd_{number:026}", USER, "github", at)
            sealed = seal(b"{}", bound, opened.platform)
            made = credentials.Credential(
                f"crd_{number:026}", USER, "header", "A", "github", [], None, "***", sealed, "", ""
            )
            opened.platform.table.write(credentials.put(made))
    return folder


class TestReseal:
    def test_what_cannot_be_opened_is_told_and_is_a_failure(self, sealed: Path) -> None:
        done = strata("keys", "reseal", "--data", sealed)
        told = "1 sealed anew, 0 in change and left alone, 1 cannot be opened\n"
        assert (done.exit_code, done.output) == (1, told)

    def test_it_goes_on_where_it_is_told_to(self, sealed: Path) -> None:
        cursor = f"{USER}/crd_{2:026}"
        done = strata("keys", "reseal", "--cursor", cursor, "--data", sealed)
        assert done.output.startswith("0 sealed anew")

    def test_another_cursor_is_refused(self, sealed: Path) -> None:
        done = strata("keys", "reseal", "--cursor", "x", "--data", sealed)
        assert (done.exit_code, "not one that a run has told" in done.output) == (1, True)
        assert "Go on with" not in done.output
        assert "Nothing has been sealed anew." in done.output


class TestBeside:
    """While a platform runs on the folder."""

    @pytest.fixture
    def running(self, tmp_path: Path, clock: HeldClock) -> Iterator[Platform]:
        """As it is seen by a request, at the time of a clock that the test holds."""
        with open_platform(tmp_path) as opened:
            yield replace(opened.platform, clock=clock)

    def test_it_signs_with_the_new_key_and_believes_both(
        self, running: Platform, tmp_path: Path, clock: HeldClock
    ) -> None:
        old = tokens.issue(ADA, SESSION, platform=running)
        done = call_beside(tmp_path, "maintain", {"command": "rotate_signing_key"}, clock)
        clock.sleep(FRESH_SECONDS)
        assert len(tokens.jwks(platform=running)["keys"]) == 2
        clock.sleep(SETTLE_SECONDS)
        assert signing_keys.current(platform=running).kid == done["kid"]
        new = tokens.issue(ADA, SESSION, platform=running)
        assert tokens.verify(old, platform=running).user_id == USER
        assert tokens.verify(new, platform=running).user_id == USER

    def test_it_wraps_with_the_new_key(
        self, running: Platform, tmp_path: Path, clock: HeldClock
    ) -> None:
        running.vault.new_data_key({"a": "b"})
        call_beside(tmp_path, "maintain", {"command": "rotate_wrapping_key"}, clock)
        assert running.vault.new_data_key({"a": "b"}).wrapped[:3] == b"\2\0\2"


class TestSchedule:
    def test_a_platform_that_stays_up_looks_after_its_keys(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("strata.local.platform.MAINTAIN_AFTER_SECONDS", 0)
        with open_platform(tmp_path) as opened:
            for _ in range(3000):
                if opened.platform.table.get(keys.signing_ring()):
                    break
                opened.platform.clock.sleep(0.01)
            ring = opened.platform.table.get(keys.signing_ring())
        assert ring is not None


class Lambda:
    """The service as far as the command knows it."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.calls: list[tuple[str, Any]] = []

    def invoke(self, FunctionName: str, Payload: str) -> Any:  # noqa: N803
        self.calls.append((FunctionName, json.loads(Payload)))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        error = {"FunctionError": "Unhandled"} if "errorMessage" in answer else {}
        return {"Payload": BytesIO(json.dumps(answer).encode()), **error}


@pytest.fixture
def on_aws(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    service = Lambda()
    monkeypatch.setattr(boto3, "client", lambda name, config: service)
    return service


class TestStage:
    def test_the_function_of_the_stage_is_called(self, on_aws: Lambda) -> None:
        on_aws.answers = [{"rotated": True, "kid": "k"}]
        assert answered("keys", "rotate", "--signing", "--stage", "dev")["kid"] == "k"
        assert on_aws.calls == [("strata-dev-maintain", {"command": "rotate_signing_key"})]

    def test_a_run_that_stopped_is_called_again_and_counts_are_added(self, on_aws: Lambda) -> None:
        more = {"resealed": 2, "skipped": 1, "failed": 0, "cursor": "usr_1/crd_1"}
        on_aws.answers = [more, {**more, "cursor": ""}]
        done = answered("keys", "reseal", "--stage", "dev")
        assert done == {"resealed": 4, "skipped": 2, "failed": 0}
        assert [given["cursor"] for _, given in on_aws.calls] == ["", "usr_1/crd_1"]

    def test_where_it_stops_for_good_one_is_told_where_to_go_on(self, on_aws: Lambda) -> None:
        more = {"resealed": 2, "skipped": 1, "failed": 0, "cursor": "usr_1/crd_1"}
        on_aws.answers = [more, {"errorMessage": "The key service is out of reach."}]
        done = strata("keys", "reseal", "--stage", "dev")
        assert done.exit_code == 1
        assert "The key service is out of reach." in done.output
        assert "--cursor usr_1/crd_1" in done.output

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            ({"error": {"code": "conflict", "message": "Many keys are alive."}}, "Many keys"),
            ({"errorMessage": "Task timed out"}, "strata-dev-maintain failed: Task timed out"),
            (NoCredentialsError(), "Unable to locate credentials"),
            (
                ClientError({"Error": {"Code": "AccessDeniedException"}}, "Invoke"),
                "cannot be called: AccessDeniedException",
            ),
        ],
        ids=["refused", "failed", "no credentials", "no right"],
    )
    def test_what_goes_wrong_is_told_in_a_sentence(
        self, on_aws: Lambda, answer: Any, told: str
    ) -> None:
        on_aws.answers = [answer]
        done = strata("keys", "rotate", "--stage", "dev")
        assert done.exit_code == 1
        assert told in done.output
        assert "Traceback" not in done.output
