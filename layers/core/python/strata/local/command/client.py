"""The HTTP API as `strata run` speaks it: one connection, one request after the other."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from strata.local.command.refusals import Refusal

Json = dict[str, Any]

TIMEOUT_SECONDS = 60
MOST_ITEMS = 100
"""Of one page; fewer where they would be more than 6 MB."""
LOGIN = "/v1/auth/login"


class Refused(Refusal):
    """The API refused a request: what the problem document (RFC 9457) of its answer tells."""

    def __init__(self, request: str, problem: Json) -> None:
        self.detail = str(problem.get("detail") or problem.get("title") or "refused")
        super().__init__(f"{request}: {self.detail}")
        self.code = str(problem.get("code", ""))
        self.faults: list[Json] = problem.get("errors") or []


class Client:
    """Talks to one server, after `log_in` as one user; when its token is too old it logs in again.

    Every call raises Refused for an answer that is a problem, and another Refusal if there is
    none. An `iteration` is one of a loop (`loop:3`), empty outside of loops."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        self._account: Json = {}

    def register(self, email: str, password: str) -> None:
        self._call("POST", "/v1/auth/register", {"email": email, "password": password})

    def log_in(self, email: str, password: str) -> None:
        self._account = {"email": email, "password": password}
        self._renew()

    def problems(self, graph: Mapping[str, Any]) -> list[Json]:
        """Each `{"code", "node", "pin", "message"}`."""
        found: list[Json] = self._call("POST", "/v1/graphs/validate", graph)["problems"]
        return found

    def save(self, graph: Mapping[str, Any], *, draft: bool = False) -> Json:
        return self._call("POST", "/v1/graphs", {**graph, "draft": draft})

    def start(self, graph_id: str, inputs: Mapping[str, Any], version: int = 1) -> Json:
        body = {"inputs": inputs, "version": version}
        return self._call("POST", f"/v1/graphs/{graph_id}/executions", body)

    def cancel(self, execution_id: str) -> Json:
        """Works also where an interrupt has left another request half done."""
        self._connection.close()
        return self._call("POST", f"/v1/executions/{execution_id}/cancel")

    def decide(self, execution_id: str, node: str, iteration: str, *, approve: bool) -> Json:
        path = decision_path(execution_id, node, iteration)
        return self._call("POST", path, {"approve": approve})

    def execution(self, execution_id: str) -> Json:
        return self._call("GET", f"/v1/executions/{execution_id}")

    def node(self, execution_id: str, node: str, iteration: str) -> Json:
        """One node with what went in and out."""
        return self._call("GET", _path(execution_id, f"/{node}", iteration=iteration))

    def running_items(self, execution_id: str, loop: str, iteration: str, limit: int) -> list[str]:
        """The first iterations of a loop that go on; `iteration` is that which it lies in."""
        asked = {"iteration": iteration, "status": "RUNNING", "values": "false", "limit": limit}
        page = self._call("GET", _path(execution_id, f"/{loop}/items", **asked))
        return [one["iteration"] for one in page["items"]]

    def nodes(self, execution_id: str, iteration: str = "", *, values: bool) -> list[Json]:
        """All nodes by level; with `values` also what went in and out."""
        asked = {"iteration": iteration, "values": str(values).lower()}
        nodes: list[Json] = []
        limit, cursor = MOST_ITEMS, ""
        while True:
            try:
                path = _path(execution_id, **asked, limit=limit, cursor=cursor)
                page = self._call("GET", path)
            except Refused as refused:
                if refused.code != "too_large" or limit == 1:
                    raise
                limit //= 2
                continue
            nodes += page["items"]
            if not page["next_cursor"]:
                return nodes
            cursor = page["next_cursor"]

    def close(self) -> None:
        self._connection.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        status, answer = self._ask(method, path, body)
        if status == 401 and self._account:
            # A run may wait for longer than a token lives.
            self._renew()
            status, answer = self._ask(method, path, body)
        return _accepted(f"{method} {path}", status, answer)

    def _renew(self) -> None:
        self._headers.pop("Authorization", None)
        pair = _accepted(f"POST {LOGIN}", *self._ask("POST", LOGIN, self._account))
        self._headers["Authorization"] = f"Bearer {pair['access_token']}"

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None) -> tuple[int, Json]:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
            return response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise Refusal(f"{method} {path}: no answer ({error})") from error


def decision_path(execution_id: str, node: str, iteration: str) -> str:
    return _path(execution_id, f"/{node}/decision", iteration=iteration)


def _path(execution_id: str, rest: str = "", **query: object) -> str:
    """Of the nodes of an execution; what is empty is not asked for."""
    asked = urlencode({name: value for name, value in query.items() if value}, quote_via=quote)
    return f"/v1/executions/{execution_id}/nodes{rest}{'?' * bool(asked)}{asked}"


def _accepted(request: str, status: int, answer: Json) -> Json:
    if status >= 400:
        raise Refused(request, answer)
    return answer
