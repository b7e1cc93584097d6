"""The command `strata`: every verb is a few lines of `app`, its work a module of its own.

    app         the verbs and their help
    verbs       how they end
    documents   graphs and inputs from files and from the command line
    checked     a graph checked and planned without a platform
    planned     levels as a table
    figured     figures and prices as a table
    running     `strata run`, from an empty folder to the outputs
    client      the HTTP API as `run` speaks it
    definitions a state machine's definition checked
    following   an execution to its end
    awaited     the nodes that it waits for
    attending   what is done about them
    approving   what `--approve` decides
    person      who sits at the terminal
    invitations what they read
    snapshot    what is known of an execution at one moment
    watching    its progress: a live display, or lines
    bands       its nodes in as many rows as there is room for
    timeline    these rows with a bar each
    outputs     what it gave
    serving     `strata serve`
    queueing    `strata enqueue`
    letters     `strata outbox`
    key_verbs   `strata keys`
    maintaining what `maintain` does by hand, here or on AWS

Each is imported when its verb is used, since what they stand on takes time to import.
"""


def main() -> None:
    from strata.local.command.app import app

    app()
