"""API Gateway in this process: a request goes to the authorizer, then to its route's function."""

from functools import cached_property

from strata.http.problems import problem
from strata.local.failures import StateFailed
from strata.local.functions import new_uuid
from strata.local.gateway_events import (
    BadAnswer,
    Reply,
    Request,
    authorizer_event,
    message,
    reply_of,
    request_event,
    with_authorizer,
)
from strata.local.platform import LocalPlatform
from strata.local.routing import Router, declared_routes
from strata.model.errors import StrataError

AUTHORIZER = "authorizer"


class Gateway:
    """Answers one request at a time: Powertools keeps the one it works on in a class."""

    def __init__(self, local: LocalPlatform) -> None:
        self._functions = local.functions
        self._clock = local.platform.clock

    def answer(self, request: Request) -> Reply:
        found = self._router.find(request.method, request.path)
        event = request_event(request, found, self._clock.now(), new_uuid(self._clock))
        try:
            if not found.declared.is_public:
                verdict = self._functions.call(AUTHORIZER, authorizer_event(event))
                if not isinstance(verdict, dict) or verdict.get("isAuthorized") is not True:
                    return message(403, "Forbidden")
                event = with_authorizer(event, verdict.get("context") or {})
            return reply_of(self._functions.call(found.declared.function, event))
        except (StateFailed, BadAnswer):
            return message(500, "Internal Server Error")

    def refuse(self, error: StrataError) -> Reply:
        """The answer to what no function is given."""
        request_id = new_uuid(self._clock)
        return reply_of(problem(error, request_id).to_event(request_id))

    @cached_property
    def _router(self) -> Router:
        return Router(declared_routes(self._functions))
