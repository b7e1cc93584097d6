"""The client of `strata run`, where the API says no or nothing."""

import socket
from contextlib import closing
from pathlib import Path

import pytest

from strata.local.command.client import Client, Refused
from strata.local.command.embedded import served
from strata.local.command.refusals import Refusal
from tests.unit.outbound_server import serving


def test_a_refusal_carries_the_code_of_the_problem(tmp_path: Path) -> None:
    with served(tmp_path, 0) as url, closing(Client(url)) as client, pytest.raises(Refused) as told:
        client.nodes("exe_00000000000000000000000000", values=False)
    assert told.value.code == "unauthenticated"
    assert told.value.detail in str(told.value)


def test_a_token_that_is_too_old_is_made_anew(tmp_path: Path) -> None:
    with served(tmp_path, 0) as url, closing(Client(url)) as client:
        client.register("ann@example.com", "four words of your own")
        client.log_in("ann@example.com", "four words of your own")
        client._headers["Authorization"] = "Bearer of.no.use"
        assert client.problems({"name": "a", "nodes": []})


def test_an_account_that_is_gone_is_told(tmp_path: Path) -> None:
    told = pytest.raises(Refused, match="POST /v1/auth/login")
    with served(tmp_path, 0) as url, closing(Client(url)) as client, told:
        client.log_in("ann@example.com", "four words of your own")


def test_a_server_that_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(Refusal, match=r"GET /v1/executions/exe: no answer"):
        Client(f"http://127.0.0.1:{port}").execution("exe")


@pytest.mark.parametrize("answer", [b"", b"what?", b"HTTP/1.1 200 OK\r\n\r\nno json"])
def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with (
        serving(lambda _, connection: connection.sendall(answer)) as server,
        closing(Client(server.url())) as client,
        pytest.raises(Refusal, match="no answer"),
    ):
        client.execution("exe")
