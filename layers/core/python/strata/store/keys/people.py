"""Keys of users, and of what lets them in."""

from strata.ports import Key
from strata.store.keys.executions import those_waiting
from strata.store.keys.graphs import authorization, credential_use

LAST = "\uffff"


def user(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "USER")


def users() -> str:
    return "USERS"


def user_indexes(user_id: str) -> dict[str, str]:
    return {"gsi1pk": users(), "gsi1sk": user_id}


def leaving(user_id: str) -> Key:
    return Key("LEAVING", user_id)


def active_admins() -> Key:
    return Key("ADMINS", "ADMINS")


def email(address: str) -> Key:
    return Key(f"EMAIL#{address}", "EMAIL")


def session(user_id: str, session_id: str) -> Key:
    return Key(f"USER#{user_id}#SESSIONS", session_id)


def audit(user_id: str, entry_id: str) -> Key:
    return Key(f"USER#{user_id}#AUDIT", entry_id)


def sign_ins(name: str) -> Key:
    """`name` is the hash of an e-mail address, or a network, as with the next two."""
    return Key(f"SIGN_INS#{name}", "SIGN_INS")


def confirmations(user_id: str) -> Key:
    return Key(f"CONFIRMATIONS#{user_id}", "CONFIRMATIONS")


def sign_ups(name: str) -> Key:
    return Key(f"SIGN_UPS#{name}", "SIGN_UPS")


def letters(name: str) -> Key:
    return Key(f"LETTERS#{name}", "LETTERS")


def one_time_token(user_id: str, purpose: str) -> Key:
    return Key(f"USER#{user_id}", f"ONE_TIME#{purpose}")


def api_key(key_id: str) -> Key:
    return Key(f"KEY#{key_id}", "KEY")


def api_key_indexes(user_id: str, key_id: str) -> dict[str, str]:
    return {"gsi1pk": f"USER#{user_id}#KEYS", "gsi1sk": key_id}


def api_key_count(user_id: str) -> Key:
    return Key(f"USER#{user_id}", "KEYS")


def rates(user_id: str) -> str:
    return f"USER#{user_id}#RATES"


def rate(user_id: str, subject: str) -> Key:
    """Of the user, by their own id, or of one of their API keys."""
    return Key(rates(user_id), subject)


def idempotency(user_id: str, key: str) -> Key:
    return Key(f"USER#{user_id}#IDEMPOTENCY", key)


def partitions(user_id: str) -> tuple[str, ...]:
    """All of a user's that the user's id alone names, but for the one of the user itself and that
    of the audit log."""
    return (
        session(user_id, "").pk,
        idempotency(user_id, "").pk,
        credential_use(user_id, "").pk,
        authorization(user_id, "").pk,
        rates(user_id),
        those_waiting(user_id),
    )
