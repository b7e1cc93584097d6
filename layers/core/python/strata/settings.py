"""Settings: one field each, read from a mapping that is passed in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_NUMBER = re.compile("[0-9]{1,12}")
_NUMBERS = ("most_running", "requests_per_minute", "requests_per_day", "sign_ups_per_hour")


class WrongSetting(ValueError):
    """Its message is a sentence for who made the setting."""


def setting(description: str, default: str = "") -> str:
    """A field of Settings with the sentence that the reference prints."""
    value: str = field(default=default, metadata={"description": description})
    return value


@dataclass(frozen=True, slots=True)
class Settings:
    """Each field is read from the variable `STRATA_<FIELD>`; see docs/reference/settings.md."""

    stage: str = setting("Name of the environment: local, dev, staging or prod.", "local")
    table: str = setting("Name of the DynamoDB table.")
    bucket: str = setting("Name of the S3 bucket for large values.")
    key: str = setting("ARN of the KMS key that wraps data keys.")
    signing_key: str = setting("ARN of the KMS key that signs access tokens.")
    queue_url: str = setting("URL of the SQS queue that starts executions.")
    machine_prefix: str = setting("ARN of state machines up to their name's own part.")
    machine_role: str = setting("ARN of the role that state machines run under.")
    machine_log_group: str = setting("ARN of the log group of state machines.")
    run_node: str = setting("ARN of the function behind every node.")
    end_execution: str = setting("ARN of the function that ends executions.")
    public_url: str = setting(
        "Where the API is reached from outside, without a slash at the end; a URL that is handed "
        "out is a path alone if not set. The embedded server sets it to its own address."
    )
    oauth_redirect_url: str = setting(
        "Where OAuth providers send the browser back to, a page of the front end that completes "
        "the authorisation; by default /v1/oauth/callback of the API, which only shows what to "
        "send."
    )
    most_running: str = setting(
        "How many executions of one user run at once; more wait for their turn.", "10"
    )
    requests_per_minute: str = setting("How many requests of one user a minute lets in.", "60000")
    requests_per_day: str = setting("How many requests of one user a day lets in.", "10000000")
    sign_ups_per_hour: str = setting(
        "How many accounts, and how many letters, one source address may ask for in an hour.",
        "1000",
    )
    mail_from: str = setting(
        "Sender of e-mails, an identity that SES has verified; without one no e-mail can be sent. "
        "The embedded platform writes them to its outbox."
    )
    verified_email: str = setting(
        "Whether one may sign in before the e-mail address is verified: optional or required.",
        "optional",
    )
    log_level: str = setting(f"Least level that is logged: {', '.join(LOG_LEVELS)}.", "INFO")
    allowed_upstream: str = setting(
        "One host:port on loopback that nodes may reach; for tests, embedded platform only."
    )

    def __post_init__(self) -> None:
        if self.log_level not in LOG_LEVELS:
            raise WrongSetting(f"STRATA_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}")
        if self.verified_email not in ("optional", "required"):
            raise WrongSetting("STRATA_VERIFIED_EMAIL must be optional or required")
        for name in _NUMBERS:
            text: str = getattr(self, name)
            if not _NUMBER.fullmatch(text) or int(text) < 1:
                sentence = "must be a whole number of 1 or more, of 12 digits at most"
                raise WrongSetting(f"STRATA_{name.upper()} {sentence}")

    @property
    def running_limit(self) -> int:
        """How many executions of one user run at once."""
        return int(self.most_running)

    @property
    def sign_up_limit(self) -> int:
        """How many accounts, and how many letters, one source address may ask for in an hour."""
        return int(self.sign_ups_per_hour)

    @classmethod
    def from_mapping(cls, environment: Mapping[str, str]) -> "Settings":
        """Reads `STRATA_*`; a name that is not a setting is left alone. Raises
        WrongSetting."""
        names = {f"STRATA_{one.name.upper()}": one.name for one in fields(cls)}
        return cls(**{names[key]: value for key, value in environment.items() if key in names})
