"""Every error that a caller may see: one class, one stable code, one HTTP status.

    StrataError                   an answer of the API
    ├── InvalidRequest 400      ├── NotFound 404          ├── UnsupportedMediaType 415
    ├── Unauthenticated 401     ├── Conflict 409          ├── InvalidBody 422
    ├── PermissionDenied 403    ├── VersionConflict 412   └── Unavailable 503
    ├── MethodNotAllowed 405    ├── TooLarge 413          ├── CallbackExpired 410
    └── TooManyRequests 429
    NodeError                     a node's failure, never an answer
    NodeFailed, NodeRetry         what a node's function tells its state machine

`http/problems.py` turns a StrataError into problem+json, `node_ends.py` a NodeError into the
error of its node.
A message never repeats the refused value, and never holds a secret.
"""

from strata.model.errors.bodies import (
    AuthorizationFailed,
    GraphInvalid,
    IdempotencyKeyReused,
    InvalidBody,
    InvalidInputs,
    InvalidOneTimeToken,
    NotTestable,
    ScopeNotAllowed,
    SecretRequired,
)
from strata.model.errors.conflicts import (
    AlreadyAnswered,
    AlreadyDecided,
    AlreadyVerified,
    ApprovalExpired,
    CallbackExpired,
    Conflict,
    EmailTaken,
    ExecutionCompleted,
    ExecutionEnded,
    ExecutionRunning,
    LastAdmin,
    NotRunnable,
    NotWaiting,
    OwnAccount,
    RequestInFlight,
    TooManyApiKeys,
    UserLeaving,
    VersionConflict,
)
from strata.model.errors.identity import (
    EmailUnverified,
    InvalidApiKey,
    InvalidCredentials,
    InvalidRefreshToken,
    InvalidToken,
    PermissionDenied,
    TooManyAttempts,
    TooManyRequests,
    Unauthenticated,
)
from strata.model.errors.nodes import (
    InvalidInput,
    NodeError,
    NodeFailed,
    NodeRetry,
)
from strata.model.errors.requests import (
    CrossSite,
    InvalidCursor,
    InvalidRequest,
    MethodNotAllowed,
    Misdirected,
    NotFound,
    ProviderUnavailable,
    TooLarge,
    Unavailable,
    UnsupportedMediaType,
)
from strata.model.errors.root import (
    Detail,
    StrataError,
)

__all__ = [
    "AlreadyAnswered",
    "AlreadyDecided",
    "AlreadyVerified",
    "ApprovalExpired",
    "AuthorizationFailed",
    "CallbackExpired",
    "Conflict",
    "CrossSite",
    "Detail",
    "EmailTaken",
    "EmailUnverified",
    "ExecutionCompleted",
    "ExecutionEnded",
    "ExecutionRunning",
    "GraphInvalid",
    "IdempotencyKeyReused",
    "InvalidApiKey",
    "InvalidBody",
    "InvalidCredentials",
    "InvalidCursor",
    "InvalidInput",
    "InvalidInputs",
    "InvalidOneTimeToken",
    "InvalidRefreshToken",
    "InvalidRequest",
    "InvalidToken",
    "LastAdmin",
    "MethodNotAllowed",
    "Misdirected",
    "NodeError",
    "NodeFailed",
    "NodeRetry",
    "NotFound",
    "NotRunnable",
    "NotTestable",
    "NotWaiting",
    "OwnAccount",
    "PermissionDenied",
    "ProviderUnavailable",
    "RequestInFlight",
    "ScopeNotAllowed",
    "SecretRequired",
    "StrataError",
    "TooLarge",
    "TooManyApiKeys",
    "TooManyAttempts",
    "TooManyRequests",
    "Unauthenticated",
    "Unavailable",
    "UnsupportedMediaType",
    "UserLeaving",
    "VersionConflict",
]
