"""What is there already, or is not as it was."""

from strata.model.errors.root import StrataError


class Conflict(StrataError):
    code, status, title = "conflict", 409, "The request conflicts with the resource as it is"


class EmailTaken(Conflict):
    code, title = "email_taken", "This e-mail address is registered already"


class LastAdmin(Conflict):
    code, title = "last_admin", "Somebody must remain who is an admin"


class OwnAccount(Conflict):
    code, title = "own_account", "Nobody changes their own role or status"


class UserLeaving(Conflict):
    code, title = "user_leaving", "The account is being deleted"


class AlreadyVerified(Conflict):
    code, title = "already_verified", "The e-mail address has been verified already"


class NotRunnable(Conflict):
    code, title = "not_runnable", "This version of the graph cannot run"


class RequestInFlight(Conflict):
    code, title = "request_in_flight", "The first request with this idempotency key still runs"


class ExecutionEnded(Conflict):
    code, title = "execution_ended", "The execution has ended"


class NotWaiting(Conflict):
    code, title = "not_waiting", "The node does not wait for a decision"


class AlreadyDecided(Conflict):
    code, title = "already_decided", "Somebody has decided already"


class ApprovalExpired(Conflict):
    code, title = "approval_expired", "The time to decide is over"


class AlreadyAnswered(Conflict):
    code, title = "already_answered", "Another event came first"


class CallbackExpired(StrataError):
    code, status, title = "callback_expired", 410, "Nothing waits for this event any more"


class TooManyApiKeys(Conflict):
    code, title = "too_many_api_keys", "A user has at most 100 API keys"


class ExecutionCompleted(Conflict):
    code, title = "execution_completed", "The execution is complete; there is nothing to resume"


class ExecutionRunning(Conflict):
    code, title = "execution_running", "The execution has not ended yet"


class VersionConflict(StrataError):
    code, status, title = "version_conflict", 412, "The resource has changed since it was read"
