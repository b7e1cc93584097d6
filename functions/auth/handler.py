"""Sessions: log in."""

from typing import Any

from strata import accounts
from strata.http.parameters import From, World
from strata.http.resource import Resource
from strata.http.schemas import accounts as schemas

Json = dict[str, Any]

app = Resource("auth")
handler = app.handle


@app.post("/v1/auth/login", public=True, answer=schemas.Session, also={401: None})
def log_in(body: schemas.Login, *, origin: From, platform: World) -> Json:
    """Exchange e-mail address and password for an access token."""
    login = accounts.login(body.email, body.password, origin, platform=platform)
    return schemas.session(login)
