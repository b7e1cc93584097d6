"""The references tell what the code is now."""

from pathlib import Path

import pytest

from strata.http.faults import FAULT_CODES
from tests.references import errors_page, references, routes_page


@pytest.mark.parametrize("path", references(), ids=lambda path: path.name)
def test_a_generated_page_is_current(path: Path) -> None:
    assert path.read_text("utf-8") == references()[path], "run `make golden`"


def test_every_code_of_a_graph_check_is_in_the_errors_page() -> None:
    page = errors_page()
    codes = ("unknown_block", "cycle", "type_mismatch", "history_too_long", "missing_input")
    assert all(f"| `{code}` |" in page for code in codes)


def test_every_code_that_refuses_an_unreadable_body_is_in_the_errors_page() -> None:
    page = errors_page()
    codes = ("invalid_json", "invalid_utf8", "duplicate_key", "not_a_number", "too_deep")
    assert all(f"| `{code}` |" in page for code in codes)


@pytest.mark.parametrize("code", [*FAULT_CODES, "duplicate_input_name", "duplicate_output_name"])
def test_every_code_of_a_fault_is_in_the_errors_page(code: str) -> None:
    assert f"| `{code}` |" in errors_page()


def test_the_failure_of_an_execution_with_too_many_outputs_is_in_the_errors_page() -> None:
    assert "| `too_many_outputs` | The outputs are too many. |" in errors_page()


def test_a_public_route_is_told_as_public() -> None:
    assert "| `GET /v1/health` | public |" in routes_page()
