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
    requests_per_minute: int = 1200
    """How many requests of one user a minute lets in, and a day."""
    requests_per_day: int = 500_000
    sign_ups_per_hour: int = 20
    """How many accounts, and how many letters, one source address may ask for in an hour."""
    oauth_redirect_url: str = ""
    """The page of a front end that OAuth providers send browsers back to; without one the API's."""
    mail_from: str = ""
    """Sender of letters, an address of which SES has verified itself or its domain; without one
    none are sent."""
    verified_email: str = "optional"
    """Whether one signs in before the e-mail address is verified; `required` needs a sender."""
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
        Stage(
            *("dev", False, RetentionDays.TWO_WEEKS, "DEBUG", 50, 100),
            # One person and many tests, all from one address.
            requests_per_minute=6000,
            requests_per_day=1_000_000,
            sign_ups_per_hour=1000,
        ),
        Stage(
            *("staging", True, RetentionDays.ONE_MONTH, "INFO", 200, 400),
            requests_per_day=200_000,
            sign_ups_per_hour=100,
        ),
        Stage("prod", True, RetentionDays.ONE_YEAR, "INFO", 1000, 2000),
    )
}
