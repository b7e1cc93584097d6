"""Runs Schemathesis on the embedded platform: `python -m tests.fuzz --seconds 75 --seed 4`.

Fails for an answer of 5xx, for one that is not what the OpenAPI document says, for a door that does
not ask who comes, and for an error that the platform's log tells of.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from strata.local.folder import LOG
from strata.local.platform import LocalPlatform, open_platform
from strata.local.server import HttpServer
from strata.settings import Settings
from tests.fuzz.configuration import configuration, lookalikes
from tests.fuzz.people import callers, things

ROOT = Path(__file__).parents[2]
SCHEMATHESIS = ROOT / "build" / "venv-fuzz" / "bin" / "schemathesis"
WORKPLACE = ROOT / "build" / "fuzz"
LONGEST = 780
"""Seconds; the tokens are issued once, and last for 900."""
MANY = "1000000000"
SETTINGS = Settings(
    requests_per_minute=MANY, requests_per_day=MANY, sign_ups_per_hour=MANY, most_running="50"
)
UNCHECKED = "positive_data_acceptance"
"""A cursor, an entity tag or an id may have the right form and be refused for good reasons."""


def main(arguments: Sequence[str]) -> int:
    """The exit status."""
    given = _parser().parse_args(arguments)
    WORKPLACE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with open_platform(folder, settings=SETTINGS) as local, HttpServer(local) as server:
            status = _run(server.url, local, given)
        return status or _told_by(folder / LOG)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tests.fuzz")
    parser.add_argument("--seconds", type=int, default=90, choices=range(1, LONGEST + 1))
    parser.add_argument("--seed", type=int, help="by default another at each run")
    return parser


def _run(url: str, local: LocalPlatform, given: argparse.Namespace) -> int:
    told, config = WORKPLACE / "told.json", WORKPLACE / "schemathesis.toml"
    people = callers(local.platform)
    told.write_text(json.dumps({**people, "lookalikes": lookalikes()}), "utf-8")
    config.write_text(configuration(things(url, people["member"])), "utf-8")
    command = [
        *(str(SCHEMATHESIS), "--config-file", str(config), "run", f"{url}/v1/openapi.json"),
        *("--checks", "all", "--exclude-checks", UNCHECKED, "--max-time", str(given.seconds)),
        *("--generation-database", "none", "--warnings", "off", "--no-color"),
        *(("--seed", str(given.seed)) if given.seed is not None else ()),
    ]
    environment = {
        **os.environ,
        "FUZZ_TOLD": str(told),
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "PYTHONPATH": str(ROOT),
    }
    return subprocess.run(command, cwd=WORKPLACE, env=environment, check=False).returncode


def _told_by(log: Path) -> int:
    """1 if the platform itself told of an error."""
    errors = [line for line in log.read_text("utf-8").splitlines() if '"level":"ERROR"' in line]
    for line in errors[:10]:
        print(line[:2000], file=sys.stderr)  # noqa: T201
    return min(1, len(errors))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
