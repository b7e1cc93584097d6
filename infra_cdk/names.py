"""Names and ARNs of an environment that are known before anything is made.

A machine is made at run time and a function is told the names of others: with names that are
fixed, no resource has to wait for another, and none for itself.
"""

from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack

from infra_cdk.stages import Stage


@dataclass(frozen=True, slots=True)
class Names:
    stack: Stack
    stage: Stage

    def function(self, name: str) -> str:
        return f"{self.stage.prefix}{name}"

    def function_arn(self, name: str) -> str:
        return self._arn("lambda", "function", self.function(name))

    def machine_arn(self, name: str) -> str:
        """Of one machine, or `*` for all of this environment."""
        return self._arn("states", "stateMachine", f"{self.stage.prefix}{name}")

    def execution_arn(self, name: str) -> str:
        """Of an execution of one machine, or `*` for all of this environment."""
        return self._arn("states", "execution", f"{self.stage.prefix}{name}")

    @property
    def nested_end_rule(self) -> str:
        """By this rule, which it makes itself, Step Functions learns that a nested execution has
        ended."""
        return self.stack.format_arn(
            service="events",
            resource="rule",
            resource_name="StepFunctionsGetEventsForStepFunctionsExecutionRule",
        )

    def sender_arns(self) -> list[str]:
        """Of the identity that SES has verified: the sender's address or, if not, its domain."""
        sender = self.stage.mail_from
        identities = (sender, sender.rpartition("@")[2]) if sender else ()
        return [
            self.stack.format_arn(service="ses", resource="identity", resource_name=name)
            for name in identities
        ]

    def key_arn(self, name: str) -> str:
        """Of one key, or `*` for all: which of them is for its tag to say."""
        return self.stack.format_arn(service="kms", resource="key", resource_name=name)

    def log_group(self, name: str) -> str:
        return f"/strata/{self.stage.name}/{name}"

    @property
    def machine_log_group(self) -> str:
        """Vended logs need no resource policy under this name, of which an account has ten."""
        return f"/aws/vendedlogs/states/strata-{self.stage.name}"

    def log_group_arn(self, name: str) -> str:
        return self._arn("logs", "log-group", name)

    def _arn(self, service: str, resource: str, name: str) -> str:
        return self.stack.format_arn(
            service=service,
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
