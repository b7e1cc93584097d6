"""The environments and how they differ: in what they keep and in what they let through."""

from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk.aws_logs import RetentionDays


@dataclass(frozen=True, slots=True)
class Stage:
    """`requests_per_second` and `burst` bound what the API lets through to all users together."""

    name: str
    keeps_data: bool
    """Whether deletion of the stack leaves table, bucket and keys behind."""
    log_retention: RetentionDays
    log_level: str
    requests_per_second: int
    burst: int
    most_running: int = 10
    """How many executions of one user run at once."""
    value_days: int = 90
    """How long large values of executions are kept, counted from when they were last written."""

    @property
    def prefix(self) -> str:
        """What the names of this environment begin with."""
        return f"strata-{self.name}-"

    @property
    def removal(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.keeps_data else RemovalPolicy.DESTROY


STAGES = {
    stage.name: stage
    for stage in (
        Stage("dev", False, RetentionDays.TWO_WEEKS, "DEBUG", 50, 100),
        Stage("staging", True, RetentionDays.ONE_MONTH, "INFO", 200, 400),
        Stage("prod", True, RetentionDays.ONE_YEAR, "INFO", 1000, 2000),
    )
}
