"""`strata users`: who there is, and who may do what, by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from strata.local.command.key_verbs import AsJson, Data, Stage
from strata.local.command.refusals import printable

Json = dict[str, Any]

users = typer.Typer(
    name="users",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Show the users, and give them roles: so the first admin comes to be.",
)


@users.command("list")
def list_users(
    q: Annotated[
        str, typer.Option("--email", metavar="TEXT", help="Only addresses that hold this.")
    ] = "",
    data: Data = Path(".strata"),
    stage: Stage = "",
    as_json: AsJson = False,
) -> None:
    """Show all users, newest first.

    Works while `strata serve` runs on the folder.
    """
    found = list(_all(q, data, stage))
    if as_json:
        typer.echo(json.dumps(found))
        return
    for user in found:
        typer.echo(printable(_line(user)))
    if not found:
        typer.echo("Nobody.")


@users.command()
def role(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The user's address.")],
    given: Annotated[str, typer.Argument(metavar="ROLE", help="`member`, `operator` or `admin`.")],
    data: Data = Path(".strata"),
    stage: Stage = "",
    as_json: AsJson = False,
) -> None:
    """Give a user a role, who must be registered. It acts from their next sign-in on; a role that
    is lost, at once.

    Works while `strata serve` runs on the folder. The last active admin stays one.
    """
    from strata.local.command.maintaining import asked

    user = asked({"command": "set_role", "email": email, "role": given}, data, stage)
    told = f"{user['email']} is {user['role']} now."
    typer.echo(json.dumps(user) if as_json else printable(told))


def _all(text: str, data: Path, stage: str) -> Iterator[Json]:
    from strata.local.command.maintaining import asked

    cursor: str | None = ""
    while cursor is not None:
        page = asked({"command": "list_users", "q": text, "cursor": cursor}, data, stage)
        yield from page["items"]
        cursor = page["next_cursor"]


def _line(user: Json) -> str:
    standing = user["role"] if user["status"] == "active" else f"{user['role']}, {user['status']}"
    return f"{user['id']}  {user['created_at'][:10]}  {user['email']}  ({standing})"
