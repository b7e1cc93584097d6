"""The stacks of one environment: `cdk deploy --all -c stage=dev`.

`-c target=machine` builds the layers for this machine, for an emulator that runs them here."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra_cdk import assets
from infra_cdk.stacks.environment import Environment
from infra_cdk.stacks.watch import Watch
from infra_cdk.stages import STAGES

TARGETS = {"lambda": assets.LAMBDA, "machine": assets.THIS_MACHINE}

# Ways of the CDK that are new since 2.0 and better than the old ones.
_FLAGS = {
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:defaultCrossStackReferences": "strong",
    "@aws-cdk/aws-iam:minimizePolicies": True,
    "@aws-cdk/aws-kms:reduceCrossAccountRegionPolicyScope": True,
    "aws:cdk:enable-path-metadata": False,
    "aws:cdk:enable-asset-metadata": False,
}


def build(outdir: str | None = None, **context: str) -> App:
    """The app with its stacks; what the command line says with `-c` wins over `context`."""
    app = App(outdir=outdir, context={**_FLAGS, **context})
    stage = STAGES[app.node.try_get_context("stage") or "dev"]
    target = TARGETS[app.node.try_get_context("target") or "lambda"]
    environment = Environment(app, stage, target)
    Watch(app, environment)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


if __name__ == "__main__":
    build().synth()
