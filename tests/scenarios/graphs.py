"""The graphs that the stories run."""

import json
from typing import Any

from tests.builders import graph, node
from tests.scenarios.runner import ROOT

Json = dict[str, Any]

EXAMPLES = ROOT / "events" / "graphs"


def square_and_cube() -> Json:
    """Outputs `square` and `cube` of the input `side`, on two ways."""
    return graph(
        [
            node("side", "input", name="side", type="number"),
            node("square", "calculate", expression="side ** 2"),
            node("cube", "calculate", expression="side ** 3"),
            node("area", "output", name="square"),
            node("volume", "output", name="cube"),
        ],
        "side.value -> square.values.side",
        "side.value -> cube.values.side",
        "square.result -> area.value",
        "cube.result -> volume.value",
        name="Square and cube",
    ).model_dump(mode="json")


def division() -> Json:
    """Divides 1 by the input `number`."""
    return graph(
        [
            node("number", "input", name="number", type="number"),
            node("divide", "calculate", expression="1 / number"),
            node("quotient", "output", name="quotient"),
        ],
        "number.value -> divide.values.number",
        "divide.result -> quotient.value",
        name="Division",
    ).model_dump(mode="json")


def division_that_may_fail() -> Json:
    """The same, with what went wrong as its output `problem`."""
    divided = division()
    problem = node("problem", "output", name="problem").model_dump(mode="json")
    divided["nodes"][1]["on_error"] = "continue"
    divided["nodes"].append(problem)
    handed_on = {"source": "divide", "output": "error", "target": "problem", "input": "value"}
    divided["links"].append(handed_on)
    return divided


def echo() -> Json:
    """Gives back the input `text`."""
    return graph(
        [node("text", "input", name="text"), node("same", "output", name="text")],
        "text.value -> same.value",
        name="Echo",
    ).model_dump(mode="json")


def asks_first() -> Json:
    """Gives back the input `text` in capitals of politeness, once somebody has approved."""
    return graph(
        [
            node("text", "input", name="text"),
            node("greet", "text_template", template="Dear {{ text }}"),
            node("ask", "approval"),
            node("greeting", "output", name="greeting"),
        ],
        "text.value -> greet.values.text",
        "greet.text -> ask.data",
        "ask.approved -> greeting.value",
        name="Asks first",
    ).model_dump(mode="json")


def stars_of() -> Json:
    """Length of the input `text`, and how many stars it has."""
    return graph(
        [
            node("text", "input", name="text"),
            node("measure", "calculate", expression="len(text)"),
            node("find", "text_replace", find="★", replace=""),
            node("length", "output", name="length"),
            node("stars", "output", name="stars"),
        ],
        "text.value -> measure.values.text",
        "text.value -> find.text",
        "measure.result -> length.value",
        "find.count -> stars.value",
        name="Stars of a text",
    ).model_dump(mode="json")


def wide(width: int) -> Json:
    """So many nodes in the last level."""
    ids = [f"copy{at}" for at in range(width)]
    return graph(
        [
            node("word", "input", name="word"),
            *(node(one, "output", name=one) for one in ids),
        ],
        *(f"word.value -> {one}.value" for one in ids),
        name=f"{width} copies",
    ).model_dump(mode="json")


def weather_report() -> tuple[Json, Json]:
    """The example of the repository, and its inputs with the file read."""
    report = json.loads((EXAMPLES / "seattle_report.json").read_text("utf-8"))
    return report, {"csv": (EXAMPLES / "seattle-weather.csv").read_text("utf-8")}
