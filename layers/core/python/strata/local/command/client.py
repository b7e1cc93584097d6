"""The HTTP API as `strata run` speaks it: one connection, one request after the other."""

import json
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import quote, urlsplit

from strata.local.command.refusals import Refusal

Json = dict[str, Any]

TIMEOUT_SECONDS = 60
MOST_ITEMS = 100
"""Of one page; fewer where they would be more than 6 MB."""


class Refused(Refusal):
    """The API refused a request: what the problem document (RFC 9457) of its answer tells."""

    def __init__(self, request: str, problem: Json) -> None:
        self.detail = str(problem.get("detail") or problem.get("title") or "refused")
        super().__init__(f"{request}: {self.detail}")
        self.code = str(problem.get("code", ""))
        self.faults: list[Json] = problem.get("errors") or []


class Client:
    """Talks to one server, after `log_in` as one user. Every call raises Refused for an answer
    that is a problem, and another Refusal if there is none."""

    def __init__(self, url: str) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT_SECONDS)
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}

    def register(self, email: str, password: str) -> None:
        self._call("POST", "/v1/auth/register", {"email": email, "password": password})

    def log_in(self, email: str, password: str) -> None:
        pair = self._call("POST", "/v1/auth/login", {"email": email, "password": password})
        self._headers["Authorization"] = f"Bearer {pair['access_token']}"

    def problems(self, graph: Mapping[str, Any]) -> list[Json]:
        """Each `{"code", "node", "pin", "message"}`."""
        found: list[Json] = self._call("POST", "/v1/graphs/validate", graph)["problems"]
        return found

    def save(self, graph: Mapping[str, Any]) -> Json:
        return self._call("POST", "/v1/graphs", graph)

    def start(self, graph_id: str, inputs: Mapping[str, Any]) -> Json:
        return self._call("POST", f"/v1/graphs/{graph_id}/executions", {"inputs": inputs})

    def execution(self, execution_id: str) -> Json:
        return self._call("GET", f"/v1/executions/{execution_id}")

    def nodes(self, execution_id: str, *, values: bool) -> list[Json]:
        """All nodes by level; with `values` also what went in and out."""
        path = f"/v1/executions/{execution_id}/nodes?values={str(values).lower()}"
        nodes: list[Json] = []
        limit, cursor = MOST_ITEMS, ""
        while True:
            try:
                page = self._call("GET", f"{path}&limit={limit}{cursor}")
            except Refused as refused:
                if refused.code != "too_large" or limit == 1:
                    raise
                limit //= 2
                continue
            nodes += page["items"]
            if not page["next_cursor"]:
                return nodes
            cursor = f"&cursor={quote(page['next_cursor'], safe='')}"

    def close(self) -> None:
        self._connection.close()

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            self._connection.request(method, path, data, self._headers)
            response = self._connection.getresponse()
            answer: Json = json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise Refusal(f"{method} {path}: no answer ({error})") from error
        if response.status >= 400:
            raise Refused(f"{method} {path}", answer)
        return answer
