"""The Resource of a Task: what it calls, in which pattern, and what the call must be given."""

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, NamedTuple

from strata.compiler.validate.integrations import ANY, INTEGRATIONS, PATTERNS, REQUIRED, TOKEN
from strata.compiler.validate.problems import Json, Place, Problem, cut, told
from strata.compiler.validate.templates import values
from strata.compiler.validate.values import wrong_type

KnownActions = Callable[[str], Collection[str]]
"""The actions of an AWS SDK's service in Step Functions' spelling, `cloudwatchlogs` and
`putLogEvents`; none where there is no such service."""

SDK = "aws-sdk"

_ARN = re.compile(r"arn:aws[\w-]*:(lambda|states):(.*)", re.DOTALL)
_FUNCTION = re.compile(r"[^:\s]+:\d+:function:[\w-]+(:(\$LATEST|[\w-]+))?", re.ASCII)
_ACTIVITY = re.compile(r"[^:\s]+:\d+:activity:[^\s:]{1,80}")
_INTEGRATION = re.compile(
    rf"::([\w-]+):([\w-]+(?::\w+)?)(?:\.({'|'.join(map(re.escape, PATTERNS))}))?", re.ASCII
)
_SDK_ACTION = re.compile(r"([a-z0-9]+):([a-z]\w*)", re.ASCII)


_PLACEHOLDER = re.compile(r"\$\{[^}]+\}")
"""What CloudFormation puts the ARN for (DefinitionSubstitutions), before the service sees it."""


class Call(NamedTuple):
    """What a Resource says; service is `function` or `activity` where it is the ARN of one, and
    `placeholder` where one is yet to come."""

    service: str
    action: str = ""
    pattern: str = ""

    @property
    def is_integration(self) -> bool:
        return bool(self.action)


def read_call(resource: str) -> Call | None:
    """None where Step Functions has no such resource at all."""
    if _PLACEHOLDER.fullmatch(resource):
        return Call("placeholder")
    arn = _ARN.fullmatch(resource)
    if arn is None:
        return None
    kind, rest = arn.groups()
    if kind == "lambda":
        return Call("function") if _FUNCTION.fullmatch(rest) else None
    if _ACTIVITY.fullmatch(rest):
        return Call("activity")
    found = _INTEGRATION.fullmatch(rest)
    return Call(found[1], found[2], found[3] or "") if found else None


def task_problems(
    state: Json, place: Place, language: str, known_actions: KnownActions | None
) -> Iterator[Problem]:
    """What is wrong with the Resource of a Task and with what it is given."""
    resource = state.get("Resource")
    if not isinstance(resource, str):
        return
    call = read_call(resource)
    where = place.at("Resource")
    if call is None:
        message = (
            f"must be the ARN of a function, an activity or an integration, not {told(resource)}"
        )
        yield where.problem("invalid_resource", message)
    elif call.is_integration:
        check = _sdk_action if call.service == SDK else _integration
        yield from check(call, where, known_actions)
        yield from _given(
            call, state, place, "Parameters" if language == "JSONPath" else "Arguments"
        )
    elif call.service == "activity" and "Credentials" in state:
        message = "cannot stand beside an activity"
        yield place.at("Credentials").problem("unknown_field", message)


def _integration(call: Call, place: Place, _: KnownActions | None) -> Iterator[Problem]:
    actions = INTEGRATIONS.get(call.service)
    if actions is None:
        message = f"names {told(call.service)}, which is no integrated service"
        yield place.problem("unknown_service", message)
        return
    patterns = actions.get(call.action, actions.get(ANY))
    if patterns is None:
        message = f"names {told(call.action)}, which {call.service} does not offer here"
        yield place.problem("unknown_action", message)
    elif call.pattern and call.pattern not in patterns:
        message = (
            f"asks {call.service}:{call.action} for '.{call.pattern}', which it does not offer"
        )
        yield place.problem("unsupported_pattern", message)


def _sdk_action(call: Call, place: Place, known: KnownActions | None) -> Iterator[Problem]:
    found = _SDK_ACTION.fullmatch(call.action)
    if found is None:
        message = "must name a service in small letters and its action in camelCase"
        yield place.problem("unknown_action", f"{message}, not {told(call.action)}")
        return
    service, action = found.groups()
    if call.pattern and call.pattern != TOKEN:
        message = f"asks an AWS SDK for '.{call.pattern}', which none offers"
        yield place.problem("unsupported_pattern", message)
    if known is None:
        return
    actions = known(service)
    if not actions:
        message = f"names {told(service)}, which is no service of an AWS SDK"
        yield place.problem("unknown_service", message)
    elif action not in actions:
        message = f"names {told(action)}, which is no action of {service}"
        yield place.problem("unknown_action", message)


def _given(call: Call, state: Json, place: Place, field: str) -> Iterator[Problem]:
    if field not in state:
        yield place.problem("missing_field", f"must have '{field}' for an integration")
        return
    given = state[field]
    if field == "Parameters" and not isinstance(given, dict):
        yield wrong_type(given, "an object for an integration", place.at(field))
        return
    name = f"{call.service}:{call.action}"
    for one in REQUIRED.get(name, ()) if isinstance(given, dict) else ():
        if one not in given and f"{one}.$" not in given:
            message = f"must have {told(one)}, which {cut(name)} needs"
            yield place.at(field).problem("missing_parameter", message)
    if call.pattern == TOKEN and not _passes_token(given):
        token = "$$.Task.Token" if field == "Parameters" else "$states.context.Task.Token"
        message = f"must pass {token} on, or nobody can ever answer"
        yield place.at(field).problem("missing_task_token", message)


_TOKEN_PATH = re.compile(
    r"\$\$(?:\s*(?:[,)]|\Z)|(?:\.Task|\[\s*['\"]Task['\"]\s*\])(?:\s*(?:[,)]|\Z)|(?:\.|\[\s*['\"])Token\b))"
)
# The whole context holds the token too; another part of it does not.
_TOKEN_EXPRESSION = re.compile(
    r"\$states\b\s*(?:(?!\s*\.)|\.\s*(?:context|`context`)\s*(?!\s*\.\s*(?:Execution|State|StateMachine|Map)\b))"
)


def _passes_token(given: Any) -> bool:
    for value, place in values(given, Place()):
        if not isinstance(value, str):
            continue
        if value.startswith("{%"):
            if _TOKEN_EXPRESSION.search(value):
                return True
        elif place.field.endswith(".$") and _TOKEN_PATH.search(value):
            return True
    return False
