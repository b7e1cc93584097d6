"""Someone who uses the API, as a story tells of them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx

from strata.clock import SystemClock
from tests.scenarios.runner import Runner

Json = dict[str, Any]
Seen = TypeVar("Seen")

CLOCK = SystemClock()
PASSWORD = "correct horse battery staple"
_FINAL = ("COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT")


class Person:
    """Registered and signed in; `http` is their client, the verbs below are stories' shorthand."""

    def __init__(self, runner: Runner) -> None:
        self.email = f"{CLOCK.new_id('person')}@example.com"
        self._runner = runner
        # The first call of a function may wait for its cold start.
        self.http = httpx.Client(
            base_url=f"{runner.url}/v1", verify=runner.trust, timeout=60, trust_env=False
        )
        account = {"email": self.email, "password": PASSWORD}
        self._did("POST", "/auth/register", 201, json=account)
        self.http.headers["Authorization"] = f"Bearer {self._signs_in(account)}"

    def _signs_in(self, account: Json) -> str:
        """The access token. After the failures of other stories one has to wait: all people come
        from one address."""
        while (answer := self.http.post("/auth/login", json=account)).status_code == 429:
            CLOCK.sleep(int(answer.headers["Retry-After"]))
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    def saves(self, graph: Mapping[str, Any]) -> str:
        """The id of the new graph."""
        graph_id: str = self._did("POST", "/graphs", 201, json=graph)["id"]
        return graph_id

    def starts(self, graph_id: str, inputs: Mapping[str, Any] | None = None, **more: Any) -> str:
        """The id of the new execution."""
        path, body = f"/graphs/{graph_id}/executions", {"inputs": inputs or {}}
        execution_id: str = self._did("POST", path, 202, json=body, **more)["id"]
        return execution_id

    def runs(self, graph: Mapping[str, Any], inputs: Mapping[str, Any] | None = None) -> Json:
        """The execution of a new graph at its end."""
        return self.waits_for(self.starts(self.saves(graph), inputs))

    def waits_for(self, execution_id: str) -> Json:
        """The execution at its end. Raises TimeoutError."""
        return self.waits(
            lambda: self.reads(f"/executions/{execution_id}"),
            lambda execution: execution["status"] in _FINAL,
        )

    def waits(self, look: Callable[[], Seen], until: Callable[[Seen], bool]) -> Seen:
        """What one sees once it is as wanted. Raises TimeoutError."""
        deadline = CLOCK.monotonic() + self._runner.patience
        while not until(seen := look()):
            if CLOCK.monotonic() > deadline:
                raise TimeoutError(f"Still {seen}")
            CLOCK.sleep(0.05)
        return seen

    def nodes(self, execution_id: str) -> dict[str, Json]:
        """The nodes of an execution by id, all pages."""
        found: dict[str, Json] = {}
        query: dict[str, str] = {}
        while True:
            page = self.reads(f"/executions/{execution_id}/nodes", params=query)
            found |= {one["node"]: one for one in page["items"]}
            if page["next_cursor"] is None:
                return found
            query = {"cursor": page["next_cursor"]}

    def reads(self, path: str, **more: Any) -> Json:
        return self._did("GET", path, 200, **more)

    def sends(self, path: str, body: Any = None, status: int = 202, **more: Any) -> Json:
        """What a POST is answered with."""
        return self._did("POST", path, status, json={} if body is None else body, **more)

    def approves(self, execution_id: str, node: str) -> None:
        path = f"/executions/{execution_id}/nodes/{node}/decision"
        self.sends(path, {"approve": True}, 200)

    def waits_for_node(self, execution_id: str, node: str, status: str = "WAITING") -> Json:
        """The node once it is in that state. Raises TimeoutError."""
        path = f"/executions/{execution_id}/nodes/{node}"
        return self.waits(lambda: self.reads(path), lambda one: bool(one["status"] == status))

    def _did(self, method: str, path: str, status: int, **more: Any) -> Json:
        answer = self.http.request(method, path, **more)
        assert answer.status_code == status, f"{method} {path}: {answer.text}"
        value: Json = answer.json()
        return value
