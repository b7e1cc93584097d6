"""The example graph tells the truth about real weather: checked against a plain calculation."""

import csv
import io
import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from strata.blocks import registry
from strata.blocks.pins import run_block
from strata.compiler.checks import check
from strata.compiler.planning import plan
from strata.gathering import gather
from strata.model.block import HttpAnswer, HttpCall
from strata.model.graph import Graph
from strata.model.graph_schema import GIVEN

GRAPHS = Path(__file__).parents[3] / "events" / "graphs"
GRAPH = Graph.model_validate_json((GRAPHS / "seattle_report.json").read_text("utf-8"))
WEATHER = (GRAPHS / "seattle-weather.csv").read_text("utf-8")


class Here:
    """A context for blocks that need no world."""

    idempotency_key = "example"
    deadline = datetime(2100, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)

    def callback_url(self, node: str) -> str:
        raise AssertionError(node)

    def send(self, call: HttpCall) -> HttpAnswer:
        raise AssertionError(call)


def outputs(**given: Any) -> dict[str, Any]:
    """What the graph gives, its blocks run in the order of its plan."""
    emitted: dict[str, Any] = {}
    found = {}
    for node in plan(GRAPH, registry()).nodes:
        block = registry()[node.block]
        values = gather(node, block, emitted, lambda value: value)
        if values is None:
            continue
        if node.block == "input" and values["name"] in given:
            values[GIVEN] = given[values["name"]]
        emitted[node.id] = run_block(block, values, Here())
        if node.block == "output":
            found[values["name"]] = emitted[node.id]["value"]
    return found


def days(year: int) -> list[dict[str, str]]:
    return [row for row in csv.DictReader(io.StringIO(WEATHER)) if row["date"][:4] == str(year)]


def months(year: int) -> dict[str, list[dict[str, str]]]:
    found = defaultdict(list)
    for day in days(year):
        found[day["date"][5:7]].append(day)
    return found


def rain(rows: list[dict[str, str]]) -> float:
    return round(sum(float(row["precipitation"]) for row in rows), 1)


def wettest(year: int) -> str:
    by_month = months(year)
    return max(by_month, key=lambda month: rain(by_month[month]))


YEARS = pytest.mark.parametrize("year", [2012, 2013, 2014, 2015])


def test_the_example_has_no_problem_and_is_large_enough_to_show_something() -> None:
    assert check(GRAPH, registry()) == []
    assert len(GRAPH.nodes) >= 10
    assert plan(GRAPH, registry()).nodes[-1].level >= 4


def test_the_inputs_beside_the_example_name_the_weather() -> None:
    beside = json.loads((GRAPHS / "seattle_report.inputs.json").read_text("utf-8"))
    assert (GRAPHS / beside["csv"]["$file"]).read_text("utf-8") == WEATHER


@YEARS
def test_the_totals_are_those_of_the_file(year: int) -> None:
    found = outputs(csv=WEATHER, year=year)
    assert found["total_rain"] == rain(days(year))
    assert found["rainy_days"] == sum(float(day["precipitation"]) > 0 for day in days(year))


@YEARS
def test_the_wettest_month_is_that_of_the_file(year: int) -> None:
    found = outputs(csv=WEATHER, year=year)["wettest_month"]
    rows = months(year)[wettest(year)]
    assert found["month"] == wettest(year)
    assert found["rain"] == pytest.approx(rain(rows), abs=1e-9)
    assert found["mean_high"] == pytest.approx(fmean(float(row["temp_max"]) for row in rows))
    assert found["most"] == max(float(row["precipitation"]) for row in rows)
    assert found["days"] == len(rows)


@YEARS
def test_the_report_has_a_line_for_each_month(year: int) -> None:
    report = outputs(csv=WEATHER, year=year)["report"]
    lines = [line.strip("| ").split(" | ") for line in report.splitlines() if "-" in line[:8]]
    told = {month: [float(cell) for cell in cells] for month, *cells in lines[1:]}
    assert told == {
        f"{year}-{month}": pytest.approx(
            [rain(rows), max(float(row["precipitation"]) for row in rows), len(rows)]
        )
        for month, rows in months(year).items()
    }


@YEARS
def test_the_report_sums_the_year_up(year: int) -> None:
    report = outputs(csv=WEATHER, year=year)["report"]
    rows = days(year)
    rainy = sum(float(day["precipitation"]) > 0 for day in rows)
    mean = round(fmean(float(day["precipitation"]) for day in rows), 2)
    high = round(fmean(float(day["temp_max"]) for day in rows), 1)
    assert f"In all {rain(rows)} mm fell on {rainy} of {len(rows)} days, {mean} mm a day" in report
    assert f"the mean of the daily highs was {high} °C" in report


@pytest.mark.parametrize(
    ("threshold", "verdict"), [(100, "was a wet one"), (10_000, "No month was a wet one")]
)
def test_the_arms_of_the_condition_meet_in_the_report(threshold: int, verdict: str) -> None:
    assert verdict in outputs(csv=WEATHER, threshold=threshold)["report"]


def test_a_year_that_the_file_does_not_have_is_told_so() -> None:
    found = outputs(csv=WEATHER, year=1999)
    assert found == {"report": "There is no weather of this year in the file.\n", "rainy_days": 0}
