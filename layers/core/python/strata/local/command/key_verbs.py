"""`strata keys`: keys rotated and secrets sealed anew, by hand."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from strata.local.command.refusals import Refusal

Json = dict[str, Any]

keys = typer.Typer(
    name="keys",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Rotate keys, and bring what they keep to new ones.",
)

Data = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Where the embedded platform keeps its data.")
]
Stage = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="A stage on AWS instead, such as dev: its function maintain is called with your own "
        "credentials.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@keys.command()
def rotate(
    signing: Annotated[
        bool, typer.Option("--signing", help="The key that signs access tokens instead.")
    ] = False,
    data: Data = Path(".strata"),
    stage: Stage = "",
    as_json: AsJson = False,
) -> None:
    """Make a new key that wraps the keys of secrets; what older ones wrapped still opens.

    With --signing, a new key that signs access tokens; the last one is believed for another hour.
    That happens by itself every 30 days. Works while `strata serve` runs on the folder.
    """
    from strata.local.command.maintaining import asked

    command = "rotate_signing_key" if signing else "rotate_wrapping_key"
    done = asked({"command": command}, data, stage)
    typer.echo(json.dumps(done) if as_json else _rotated(done, signing))


def _rotated(done: Json, signing: bool) -> str:
    if not signing:
        return "New secrets are sealed by a new key. `strata keys reseal` brings the others to it."
    if not done["rotated"]:
        return f"Another rotation is under way, or has just been made: {done['kid']}."
    return f"The new signing key is {done['kid']}; the last one is believed for another hour."


@keys.command()
def reseal(
    cursor: Annotated[
        str, typer.Option(metavar="CURSOR", help="Go on where an earlier call has stopped.")
    ] = "",
    data: Data = Path(".strata"),
    stage: Stage = "",
    as_json: AsJson = False,
) -> None:
    """Seal every secret anew, each under a new key of its own wrapped by the newest.

    Nothing is interrupted; a secret that changes meanwhile is left alone. Exit code 1: some could
    not be opened, and stay as they are; the log names them.
    """
    total = {"resealed": 0, "skipped": 0, "failed": 0}
    for done in _runs(cursor, data, stage):
        total = {name: count + done[name] for name, count in total.items()}
    told = "{resealed} sealed anew, {skipped} in change and left alone, {failed} cannot be opened"
    typer.echo(json.dumps(total) if as_json else told.format(**total))
    if total["failed"]:
        raise typer.Exit(1)


def _runs(cursor: str, data: Path, stage: str) -> Iterator[Json]:
    """One call after the other, each where the last has stopped."""
    from strata.local.command.maintaining import asked

    hint = "Nothing has been sealed anew."
    while True:
        try:
            done = asked({"command": "reseal", "cursor": cursor}, data, stage)
        except Refusal as refusal:
            raise Refusal(str(refusal), [hint], refusal.exit_code) from refusal
        yield done
        cursor = done["cursor"]
        if not cursor:
            return
        hint = f"Go on with --cursor {cursor}"
