"""A body that can be read, and cannot be taken."""

from strata.model.errors.root import StrataError


class InvalidBody(StrataError):
    code, status, title = "invalid_body", 422, "The request has invalid fields"


class ScopeNotAllowed(InvalidBody):
    code, title = "scope_not_allowed", "You cannot give these scopes to a key"


class GraphInvalid(InvalidBody):
    code, title = "graph_invalid", "The graph has problems"


class InvalidInputs(InvalidBody):
    code, title = "invalid_inputs", "The inputs do not fit the graph"


class NotTestable(InvalidBody):
    code, title = "not_testable", "This node cannot run alone"


class InvalidOneTimeToken(InvalidBody):
    code, title = "invalid_one_time_token", "The token is unknown, used or expired"


class SecretRequired(InvalidBody):
    code, title = "secret_required", "This change needs the secret again"


class AuthorizationFailed(InvalidBody):
    code, title = "authorization_failed", "The provider has refused the authorisation"


class IdempotencyKeyReused(InvalidBody):
    code, title = "idempotency_key_reused", "This idempotency key was used with another request"
