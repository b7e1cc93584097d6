"""The context object, `$$`, of a branch that stands in some state."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from strata.clock import Clock, timestamp
from strata.local.branch import Branch, Item

if TYPE_CHECKING:
    from strata.local.execution import Execution


class Surroundings:
    """`strata.local.paths.Context`; made for every step, so it tells nothing until asked."""

    __slots__ = ("_branch", "_execution", "_item")

    def __init__(self, execution: "Execution", branch: Branch, item: Item | None = None) -> None:
        self._execution = execution
        self._branch = branch
        self._item = item

    @property
    def clock(self) -> Clock:
        return self._execution.host.clock

    def __call__(self) -> Mapping[str, Any]:
        execution, branch = self._execution, self._branch
        ids = execution.ids
        told: dict[str, Any] = {
            "Execution": {
                "Id": ids.arn,
                "Input": execution.given,
                "Name": ids.name,
                "RoleArn": "arn:aws:iam::000000000000:role/local",
                "StartTime": timestamp(execution.started_at),
                "RedriveCount": 0,
            },
            "StateMachine": {"Id": ids.machine_arn, "Name": ids.machine},
            "State": {
                "Name": branch.state.name,
                "EnteredTime": timestamp(branch.entered_at or execution.started_at),
                "RetryCount": branch.retries,
            },
        }
        if branch.token:
            told["Task"] = {"Token": branch.token}
        item = self._item or branch.nearest_item()
        if item is not None:
            told["Map"] = {"Item": item._asdict()}
        return told
