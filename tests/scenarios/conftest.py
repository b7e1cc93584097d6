"""One platform for all stories, and people who come to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scenarios.person import Person
from tests.scenarios.runner import RUNNERS, Runner


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Elsewhere than on this machine's own platform only the stories are told."""
    if config.getoption("--runner") == "local":
        return
    stories = [one for one in items if "runner" in getattr(one, "fixturenames", ())]
    config.hook.pytest_deselected(items=[one for one in items if one not in stories])
    items[:] = stories


@pytest.fixture(scope="session")
def runner(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runner]:
    folder: Path = tmp_path_factory.mktemp("scenarios")
    with RUNNERS[request.config.getoption("--runner")](folder) as running:
        yield running


@pytest.fixture
def newcomer(runner: Runner) -> Iterator[Callable[[], Person]]:
    """Makes people who have just registered and signed in."""
    people: list[Person] = []

    def arrive() -> Person:
        people.append(Person(runner))
        return people[-1]

    yield arrive
    for person in people:
        person.http.close()


@pytest.fixture
def ada(newcomer: Callable[[], Person]) -> Person:
    return newcomer()


@pytest.fixture
def ben(newcomer: Callable[[], Person]) -> Person:
    return newcomer()
