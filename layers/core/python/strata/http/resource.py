"""A resource: the routes of one Lambda function, each declared once beside its function.

The way of a request:  route → who calls → may they → body → parameters → function → answer
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict, TypeVar, Unpack

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.middlewares.openapi_validation import (
    OpenAPIRequestValidationMiddleware,
)
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from strata.http.access import caller_of, rate_headers
from strata.http.answers import Answer, answer_of, check_size, conditional
from strata.http.auditing import certain_ids, named_ids, record_change
from strata.http.bodies import check_body, read_object, text_of
from strata.http.parameters import origin
from strata.http.problems import problem, refusal
from strata.http.routes import Paths, Route, allowed_methods, methods_by_path
from strata.model.errors import MethodNotAllowed, NotFound
from strata.model.revisions import tag_of
from strata.model.user import Caller, Permission, check_permission
from strata.observability import RequestSeen, record_request
from strata.platform import Platform, platform_of
from strata.store.values import encode

Json = dict[str, Any]
Event = Mapping[str, Any]
Function = TypeVar("Function", bound=Callable[..., Any])


class Declaration(TypedDict, total=False):
    """What a route says beside its path; see `Route`."""

    permission: str
    public: bool
    answer: Any
    status: int
    location: str
    also: Mapping[int, Any]
    takes_anything: bool
    only_looks: bool
    always: bool
    discloses: bool


@dataclass(slots=True)
class Way:
    """What is known of the request that is being answered."""

    platform: Platform
    route: Route | None = None
    caller: Caller | None = None
    ids: dict[str, str] = field(default_factory=dict)


class Resource:
    """The routes of one function; its `handle` is what Lambda calls.

    `paths` are the paths of all resources, for the one that API Gateway's `$default` route leads
    to: it answers 404, or 405 where the path takes other methods."""

    def __init__(self, name: str, paths: Callable[[], Paths] | None = None) -> None:
        self.name = name
        self.routes: list[Route] = []
        self._paths = paths or (lambda: methods_by_path(self.routes))
        self._by_function: dict[Callable[..., Any], Route] = {}
        self.resolver = APIGatewayHttpResolver(
            json_body_deserializer=read_object, serializer=encode
        )
        # Powertools' own `enable_validation` puts validation before everything else: a stranger
        # would be told what is wrong with a body before being asked who they are.
        validate = OpenAPIRequestValidationMiddleware()  # type: ignore[no-untyped-call]
        self.resolver.use([self._admit, _check_body, validate, self._mark])
        self.resolver.not_found(self._refuse_unknown)
        self.resolver.exception_handler(Exception)(self._hand_on)

    def get(self, path: str, **declaration: Unpack[Declaration]) -> Callable[[Function], Function]:
        return self._declare("GET", path, declaration)

    def post(self, path: str, **declaration: Unpack[Declaration]) -> Callable[[Function], Function]:
        return self._declare("POST", path, declaration)

    def put(self, path: str, **declaration: Unpack[Declaration]) -> Callable[[Function], Function]:
        return self._declare("PUT", path, declaration)

    def patch(
        self, path: str, **declaration: Unpack[Declaration]
    ) -> Callable[[Function], Function]:
        return self._declare("PATCH", path, declaration)

    def delete(
        self, path: str, **declaration: Unpack[Declaration]
    ) -> Callable[[Function], Function]:
        return self._declare("DELETE", path, declaration)

    def _declare(
        self, method: str, path: str, declaration: Declaration
    ) -> Callable[[Function], Function]:
        permission = _permission(f"{method} {path}", declaration)
        answer, location = declaration.get("answer"), declaration.get("location", "")
        also = declaration.get("also", {})
        status = declaration.get("status", 200 if answer else 204)
        anything = declaration.get("takes_anything", False)
        looks = declaration.get("only_looks", False)
        always = declaration.get("always", False)
        discloses = declaration.get("discloses", False)

        def register(function: Function) -> Function:
            route = Route(
                *(method, path, function, permission, answer, status, location, also),
                *(anything, looks, always, discloses),
            )
            self.routes.append(route)
            self._by_function[function] = route
            self.resolver.route(
                route.rule, method, operation_id=function.__name__, status_code=status
            )(function)
            return function

        return register

    def handle(self, event: Json, context: Any) -> Json:
        """The Lambda function: an event of API Gateway (payload 2.0) in, its answer out."""
        way = Way(platform_of(context))
        started = way.platform.clock.monotonic()
        request_id = str(event["requestContext"]["requestId"])
        error: Exception | None = None
        try:
            answer = self._answer(event, context, way)
        except Exception as raised:
            error = raised
            answer = problem(error, request_id)
        seconds = way.platform.clock.monotonic() - started
        route = way.route.key if way.route else "unknown"
        seen = RequestSeen(self.name, route, answer.status, seconds, request_id, way.ids)
        record_request(seen, error, platform=way.platform)
        if way.route and way.caller:
            told = (way.route, way.caller, way.ids, error, origin(event))
            record_change(*told, platform=way.platform)
        return answer.to_event(request_id, rate_headers(event))

    def _answer(self, event: Json, context: Any, way: Way) -> Answer:
        headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
        self.resolver.context.update(way=way, platform=way.platform)
        solved = self.resolver.resolve({**event, "headers": headers}, context)
        answer = check_size(answer_of(solved))
        if way.route and way.route.method == "GET":
            return conditional(answer, headers.get("if-none-match", ""))
        return answer

    def _admit(self, app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
        """Finds the route's declaration; closed unless the route is public."""
        way: Way = app.context["way"]
        way.route = self._by_function.get(app.context["_route"].func)
        if way.route and way.route.permission:
            caller = caller_of(app.current_event.raw_event, always=way.route.always)
            way.caller = app.context["caller"] = caller
            way.ids.update(user_id=caller.user_id, **certain_ids(app.context["_route_args"]))
            check_permission(caller, way.route.permission)
            _check_query(app)
        return next_middleware(app)

    def _mark(self, app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
        """Lays the headers on that the value itself tells of."""
        way: Way = app.context["way"]
        way.ids.update(named_ids(app.context["_route_args"]))
        response: Response[Any] = next_middleware(app)
        if response.body is None:
            return Response(response.status_code, body="")
        if isinstance(response.body, dict) and "revision" in response.body:
            response.headers["ETag"] = tag_of(response.body["revision"])
        if way.route and way.route.location and response.status_code == way.route.status:
            made = response.body["id"]
            way.ids[f"{way.route.makes}_id"] = made
            response.headers["Location"] = way.route.location.format(id=made)
        elif response.status_code == 201 and "id" in response.body:
            # What is made, but cannot be read again.
            way.ids["made_id"] = response.body["id"]
        return response

    def _hand_on(self, error: Exception) -> Response[Any]:
        """Past the answers that Powertools would give, to `handle`."""
        if isinstance(error, RequestValidationError):
            has_body = self.resolver.context["_route"].dependant.body_params
            body = self.resolver.current_event.json_body if has_body else None
            raise refusal(error.errors(), body) from None
        raise error

    def _refuse_unknown(self, _: Exception) -> Response[Any]:
        event = self.resolver.current_event
        methods = allowed_methods(event.path, self._paths())
        # The path may look like a route's and still hold what no id can: that is no other method.
        if methods and event.http_method not in methods:
            raise MethodNotAllowed(headers={"Allow": ", ".join(methods)})
        raise NotFound


def _permission(key: str, declaration: Declaration) -> str | None:
    """The permission that the route asks for, None if it is public. Raises ValueError unless it
    says exactly one of these."""
    permission = declaration.get("permission")
    if (permission is None) is not declaration.get("public", False):
        raise ValueError(f"{key}: declare either a permission or public=True")
    return permission and Permission(permission).value


def _check_query(app: APIGatewayHttpResolver) -> None:
    """A misspelt parameter must not be taken for one that was left out. Raises InvalidRequest."""
    known = {field.alias for field in app.context["_route"].dependant.query_params}
    given = app.current_event.raw_event.get("queryStringParameters") or {}
    unknown = [name for name in given if name not in known]
    if unknown:
        kind = "extra_forbidden"
        raise refusal([{"loc": ("query", name), "type": kind, "msg": ""} for name in unknown])


def _check_body(app: APIGatewayHttpResolver, next_middleware: NextMiddleware) -> Response[Any]:
    if app.context["_route"].dependant.body_params:
        event = app.current_event
        text = text_of(lambda: event.decoded_body)
        if text:
            check_body(text, event.headers.get("content-type", ""))
            # Powertools knows this type in lower case alone.
            event.raw_event["headers"]["content-type"] = "application/json"
    return next_middleware(app)
