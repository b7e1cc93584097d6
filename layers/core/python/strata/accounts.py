"""Accounts: register, log in, look at oneself."""

import re
import unicodedata

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from strata import sessions
from strata.clock import timestamp
from strata.model.errors import Detail, InvalidBody, InvalidCredentials, NotFound
from strata.model.origin import NOWHERE, Origin
from strata.model.user import User
from strata.platform import Platform
from strata.sessions import Login
from strata.store import users

MIN_PASSWORD, MAX_PASSWORD = 15, 128
MAX_EMAIL = 254

# OWASP's least: 19 MiB of memory, 2 passes, 1 lane.
_MEMORY_KIB, _PASSES, _LANES, _SALT, _LENGTH = 19 * 1024, 2, 1, 16, 32

_EMAIL = re.compile(r"[^@\s\x00-\x1f]+@[^@\s\x00-\x1f.]+(\.[^@\s\x00-\x1f.]+)+")

# The hash of nothing that anyone could type, so that an unknown address costs the same time.
_NOBODY = (
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
    "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
)


def register(email: str, password: str, name: str, *, platform: Platform) -> User:
    """A new user. Raises InvalidBody, EmailTaken."""
    address = normal_email(email)
    problems = [*_email_problems(address), *_password_problems(password, address)]
    if problems:
        raise InvalidBody(errors=problems)
    user = User(
        id=platform.clock.new_id("usr"),
        email=address,
        name=name,
        password_hash=_hash(password, platform),
        created_at=timestamp(platform.clock.now()),
    )
    users.add(user, platform)
    return user


def login(email: str, password: str, origin: Origin = NOWHERE, *, platform: Platform) -> Login:
    """A session. Raises InvalidCredentials, the same for a wrong address or password."""
    user = users.by_email(normal_email(email), platform)
    matches = _matches(password, user.password_hash if user else _NOBODY)
    if user is None or not matches:
        raise InvalidCredentials
    return sessions.begin(user, origin, platform=platform)


def profile(user_id: str, *, platform: Platform) -> User:
    user = users.by_id(user_id, platform)
    if user is None:
        raise NotFound
    return user


def normal_email(email: str) -> str:
    """The one form in which an address is stored and looked up."""
    return unicodedata.normalize("NFKC", email).strip().casefold()


def _email_problems(address: str) -> list[Detail]:
    if len(address) <= MAX_EMAIL and _EMAIL.fullmatch(address):
        return []
    return [Detail("/email", "invalid_email", "This is not an e-mail address.")]


def _password_problems(password: str, address: str) -> list[Detail]:
    normal = _normal_password(password)
    if not MIN_PASSWORD <= len(normal) <= MAX_PASSWORD:
        return [Detail("/password", "password_length", "A password has 15 to 128 characters.")]
    if normal.casefold() == address:
        return [Detail("/password", "password_is_email", "A password is not the address.")]
    return []


def _normal_password(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _hash(password: str, platform: Platform) -> str:
    function = Argon2id(
        salt=platform.clock.random_bytes(_SALT),
        length=_LENGTH,
        iterations=_PASSES,
        lanes=_LANES,
        memory_cost=_MEMORY_KIB,
    )
    return function.derive_phc_encoded(_normal_password(password).encode())


def _matches(password: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(_normal_password(password).encode(), phc)
    except InvalidKey:
        return False
    return True
