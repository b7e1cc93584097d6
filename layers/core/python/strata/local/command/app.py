"""The verbs of `strata`, with the help that they show."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from strata.local.command.key_verbs import keys
from strata.local.command.refusals import printable
from strata.local.command.user_verbs import users
from strata.local.command.verbs import Verbs

app = typer.Typer(
    name="strata",
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Run graphs of agent nodes: compiled to AWS Step Functions, or here on this machine.\n\n"
    "Start with `strata run events/graphs/seattle_report.json`.",
)
app.add_typer(keys)
app.add_typer(users)

GraphFile = Annotated[
    Path, typer.Argument(metavar="GRAPH.json", help="A graph: its name, nodes and links.")
]
Data = Annotated[
    Path, typer.Option(metavar="FOLDER", help="Where the embedded platform keeps its data.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]


@app.command()
def run(
    graph: GraphFile,
    inputs: Annotated[
        str,
        typer.Option(
            metavar="JSON",
            help="Inputs as a JSON object: '{\"year\": 2014}'. They are laid over those of the "
            "file GRAPH.inputs.json beside the graph, if there is one.",
        ),
    ] = "",
    given: Annotated[
        list[str] | None,
        typer.Option("--input", metavar="NAME=VALUE", help="One input; may be repeated."),
    ] = None,
    as_json: AsJson = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep the temporary data, and tell where it is.")
    ] = False,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the data in this folder instead."),
    ] = None,
    approve: Annotated[
        list[str] | None,
        typer.Option(
            metavar="all|none|NODE",
            help="Decide approvals without asking: approve or reject all, or approve one by the "
            "id of its node; may be repeated.",
        ),
    ] = None,
    draft: Annotated[
        bool,
        typer.Option("--draft", help="Run it as a draft: its pinned outputs count."),
    ] = False,
) -> None:
    """Run a graph here, on an embedded platform of its own.

    Starts the platform on a free port of this machine and, through its HTTP API, makes a user,
    saves the graph, starts an execution, shows its progress and prints its outputs.

    In an inputs file, {"$file": "weather.csv"} stands for the text of the file beside it.

    Where an approval waits, it asks you; without a terminal it tells on standard error the curl
    that decides. For a node that waits for an event it tells the URL. Ctrl-C cancels the run.

    Exit code 1: the graph has problems or the execution failed. 2: a file cannot be read.
    """
    from strata.clock import SystemClock
    from strata.local.command.approving import verdicts
    from strata.local.command.documents import read_graph, read_inputs
    from strata.local.command.once import Wish, run_once
    from strata.local.command.screens import screen

    document = read_graph(graph)
    values = read_inputs(graph, inputs, given or (), document)
    wish = Wish(as_json, keep, data, draft, verdicts(approve or (), document))
    run_once(document, values, wish, screen(), SystemClock())


@app.command()
def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")
    ] = 8000,
    data: Data = Path(".strata"),
) -> None:
    """Keep the embedded platform up, with its HTTP API.

    It listens on this machine alone. Its data stays in the folder from start to start, and
    executions that were running go on. Ctrl-C stops it.
    """
    from strata.local.command.screens import screen
    from strata.local.command.serving import keep_serving

    keep_serving(port, data, screen())


@app.command("compile")
def compile_file(
    graph: GraphFile,
    run_node: Annotated[
        str, typer.Option(metavar="ARN", help="Function behind every node. [default: embedded]")
    ] = "",
    end_execution: Annotated[
        str, typer.Option(metavar="ARN", help="Function that ends a run. [default: embedded]")
    ] = "",
) -> None:
    """Print the state machine of a graph, or all its problems.

    It is written in Amazon States Language, as Step Functions gets it. Exit code 1: the graph has
    problems. 2: the file cannot be read.
    """
    from strata.compiler.definition import Arns, compile_graph
    from strata.local.arns import Ids
    from strata.local.arns import function_arn as arn_of
    from strata.local.command.checked import checked_plan
    from strata.local.command.documents import read_graph

    _, plan = checked_plan(read_graph(graph))
    functions = (run_node or arn_of("run_node"), end_execution or arn_of("end_execution"))
    arns = Arns(*functions, Ids("graph", "").machine_arn)
    _print_json(json.loads(compile_graph(plan, arns).main))


@app.command()
def plan(graph: GraphFile, as_json: AsJson = False) -> None:
    """Show the levels of a graph, and what a run of it takes.

    Nothing runs. Exit code 1: the graph has problems. 2: the file cannot be read.
    """
    from strata.blocks import registry
    from strata.local.command.checked import checked_plan
    from strata.local.command.documents import read_graph
    from strata.local.command.planned import print_plan
    from strata.local.command.screens import screen
    from strata.plan_views import describe

    checked, planned = checked_plan(read_graph(graph))
    told = describe(checked, planned, registry())
    if as_json:
        _print_json(told)
    else:
        print_plan(checked, planned, told, screen())


@app.command("check-definition")
def check_definition(
    definition: Annotated[
        str,
        typer.Argument(
            metavar="FILE.json",
            help="A state machine in Amazon States Language; - reads it from standard input.",
        ),
    ],
    express: Annotated[
        bool, typer.Option("--express", help="Check it as one of the type EXPRESS.")
    ] = False,
) -> None:
    """Check any Step Functions definition, and tell all problems that it has.

    What Step Functions takes and a machine of Strata would not have is a warning. Exit code 1: the
    definition has problems. 2: the file cannot be read.
    """
    from strata.local.command.definitions import check_file

    told, *warnings = check_file(definition, express)
    typer.echo(printable(told))
    for line in warnings:
        typer.echo(line, err=True)


@app.command()
def openapi() -> None:
    """Print the contract of the HTTP API (OpenAPI)."""
    from strata.http.openapi import openapi_text

    typer.echo(openapi_text(), nl=False)


@app.command()
def enqueue(
    trigger: Annotated[str, typer.Option(metavar="ID", help="A trigger of the kind queue: trg_…")],
    token: Annotated[
        str, typer.Option(envvar="STRATA_TOKEN", help="Shown when the trigger was made.")
    ],
    inputs: Annotated[str, typer.Option(metavar="JSON", help="Inputs as a JSON object.")] = "{}",
    deduplication_id: Annotated[
        str, typer.Option(metavar="ID", help="Messages with the same one start one execution.")
    ] = "",
    data: Data = Path(".strata"),
) -> None:
    """Put a message into the embedded queue: it starts an execution.

    Works while `strata serve` runs on the same folder, and also while it does not: then the
    message waits for its next start.
    """
    from strata.clock import SystemClock
    from strata.local.command.documents import parse_inputs
    from strata.local.command.queueing import send

    message = {"trigger_id": trigger, "token": token, "inputs": parse_inputs(inputs)}
    sent = send(data, {**message, "deduplication_id": deduplication_id}, SystemClock())
    typer.echo(f"Queued, with the deduplication id {sent}")


@app.command()
def outbox(
    as_json: AsJson = False,
    data: Data = Path(".strata"),
    clear: Annotated[bool, typer.Option("--clear", help="Delete all letters instead.")] = False,
) -> None:
    """Show the letters that the embedded platform has written, newest last.

    It sends no e-mail: what verifies an address or sets a new password stands here, until it is
    cleared. Works whether `strata serve` runs on the folder or not.
    """
    from strata.clock import SystemClock
    from strata.local.command.letters import clear_letters, letter_lines, read_letters

    if clear:
        clear_letters(data, SystemClock())
        typer.echo("All letters are deleted.")
        return
    letters = read_letters(data, SystemClock())
    if as_json:
        _print_json(letters)
        return
    for line in letter_lines(letters):
        typer.echo(line)


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
