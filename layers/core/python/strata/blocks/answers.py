"""What a block that has waited finds at its end."""

from strata.model.block import ANSWER, Values
from strata.model.errors import NodeError


def answer_of(values: Values) -> Values:
    """What came of the wait."""
    if ANSWER not in values:
        raise NodeError("no_execution", "This block waits, which it can in an execution alone.")
    answer: Values = values[ANSWER]
    return answer
