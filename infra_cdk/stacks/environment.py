"""One environment of Strata: all that it is made of, from the ground up."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra_cdk.access import Arns
from infra_cdk.assets import Target
from infra_cdk.constructs.api import Api
from infra_cdk.constructs.events import Events
from infra_cdk.constructs.functions import Functions
from infra_cdk.constructs.keys import Keys
from infra_cdk.constructs.machines import Machines
from infra_cdk.constructs.queues import Queues
from infra_cdk.constructs.storage import Storage
from infra_cdk.names import Names
from infra_cdk.stages import Stage
from strata.ports import INDEXES


class Environment(Stack):
    def __init__(self, scope: Construct, stage: Stage, target: Target) -> None:
        super().__init__(
            scope,
            f"strata-{stage.name}",
            description=f"Strata, environment {stage.name}",
            termination_protection=stage.keeps_data,
        )
        self.names = Names(self, stage)
        self.keys = Keys(self, self.names)
        self.storage = Storage(self, stage, self.keys.data)
        self.queues = Queues(self, self.keys.data)
        self.machines = Machines(self, self.names, self.keys.data)
        self.api = Api(self, self.names)
        self.functions = Functions(
            self,
            self.names,
            target=target,
            key=self.keys.data,
            arns=self._arns(),
            settings=self._settings(),
        )
        self.api.lead_to(self.functions, self.names, self.keys.data)
        Events(self, self.names, self.functions, self.queues)
        CfnOutput(self, "Url", value=self.api.http.api_endpoint)
        CfnOutput(self, "QueueUrl", value=self.queues.starts.queue_url)

    def _arns(self) -> Arns:
        """What the catalogue's permissions are on."""
        table = self.storage.table.table_arn
        indexes = [f"{table}/index/{index}" for index in INDEXES]
        return {
            "table": [table, *indexes],
            "bucket": [self.storage.bucket.bucket_arn],
            "objects": [self.storage.bucket.arn_for_objects("*")],
            "key": [self.keys.data.key_arn],
            "signing_key": [self.names.key_arn("*")],
            "new_signing_key": ["*"],
            "all_keys": ["*"],
            "queue": [self.queues.starts.queue_arn],
            "dead_letters": [self.queues.dead_letters.queue_arn],
            "machines": [self.names.machine_arn("*")],
            "machine_executions": [self.names.execution_arn("*")],
            "machine_role": [self.machines.role.role_arn],
            "sender": self.names.sender_arns(),
        }

    def _settings(self) -> Mapping[str, str]:
        """What the catalogue's grants tell a function, by field of `strata.settings.Settings`."""
        return {
            "table": self.storage.table.table_name,
            "bucket": self.storage.bucket.bucket_name,
            "key": self.keys.data.key_arn,
            "signing_key": self.keys.signing.key_arn,
            "machine_prefix": self.names.machine_arn(""),
            "machine_role": self.machines.role.role_arn,
            "machine_log_group": self.machines.log_group.log_group_arn,
            "run_node": self.names.function_arn("run_node"),
            "end_execution": self.names.function_arn("end_execution"),
            "public_url": self.api.http.api_endpoint,
            "oauth_redirect_url": self.names.stage.oauth_redirect_url,
            "most_running": str(self.names.stage.most_running),
            "requests_per_minute": str(self.names.stage.requests_per_minute),
            "requests_per_day": str(self.names.stage.requests_per_day),
            "mail_from": self.names.stage.mail_from,
            "verified_email": self.names.stage.verified_email,
            "sign_ups_per_hour": str(self.names.stage.sign_ups_per_hour),
        }
