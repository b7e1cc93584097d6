"""What a cold start pays for imports: each handler in a process of its own, beside a baseline."""

import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

FUNCTIONS = Path(__file__).parents[2] / "functions"
RUNS = 5

BASELINE = """
import boto3
from aws_lambda_powertools import Logger, Metrics
Logger(service="bench"), Metrics(namespace="bench", service="bench")
boto3.client("dynamodb", region_name="eu-west-1")
"""

_PROGRAM = """
import sys, time
sys.dont_write_bytecode = False
begun = time.perf_counter()
{work}
print(time.perf_counter() - begun)
"""

_HANDLER = """
import importlib.util
spec = importlib.util.spec_from_file_location("handler", {path!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
"""


def measure() -> list[dict[str, Any]]:
    """A row per handler; times in milliseconds, ratios to the baseline of the same run."""
    baseline = _milliseconds(BASELINE)
    rows = [{"function": "baseline", "ms": baseline, "times_baseline": 1.0}]
    for path in sorted(FUNCTIONS.glob("*/handler.py")):
        took = _milliseconds(_HANDLER.format(path=str(path)))
        ratio = round(took / baseline, 2)
        rows.append({"function": path.parent.name, "ms": took, "times_baseline": ratio})
    return rows


def _milliseconds(work: str) -> float:
    program = _PROGRAM.format(work=work)
    runs = [
        float(
            subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout
        )
        for _ in range(RUNS + 1)
    ]
    return round(statistics.median(runs[1:]) * 1000, 1)
