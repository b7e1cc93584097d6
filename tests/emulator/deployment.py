"""Deploys what `cdk synth` wrote, as `cdk deploy` would: assets into a bucket, then the stack."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.emulator.server import ACCOUNT, CLOCK, REGION, Emulator

DEADLINE_SECONDS = 120
_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"


def deploy(stack: str, assembly: Path, emulator: Emulator) -> dict[str, str]:
    """The outputs of the stack, by name. Raises RuntimeError with what failed and why."""
    bucket = f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}"
    storage = emulator.client("s3")
    storage.create_bucket(Bucket=bucket)
    manifest = json.loads((assembly / f"{stack}.assets.json").read_text("utf-8"))
    for key, asset in manifest["files"].items():
        source = assembly / asset["source"]["path"]
        if asset["source"]["packaging"] == "zip":
            storage.put_object(Bucket=bucket, Key=f"{key}.zip", Body=_zipped(source))
    template = f"{stack}.template.json"
    storage.put_object(Bucket=bucket, Key=template, Body=(assembly / template).read_bytes())
    emulator.client("ssm").put_parameter(Name=_BOOTSTRAP_VERSION, Value="30", Type="String")
    return _create(stack, f"{emulator.url}/{bucket}/{template}", emulator.client("cloudformation"))


def _create(stack: str, template: str, cloudformation: Any) -> dict[str, str]:
    cloudformation.create_stack(
        StackName=stack, TemplateURL=template, Capabilities=["CAPABILITY_NAMED_IAM"]
    )
    for _ in range(DEADLINE_SECONDS * 5):
        described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
        if not described["StackStatus"].endswith("_IN_PROGRESS"):
            break
        CLOCK.sleep(0.2)
    if described["StackStatus"] != "CREATE_COMPLETE":
        raise RuntimeError(_failures(stack, cloudformation))
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}


def _failures(stack: str, cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = (one for one in events if one["ResourceStatus"].endswith("_FAILED"))
    return "\n".join(
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason')}" for one in failed
    )


def _zipped(folder: Path) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder))
    return content.getvalue()
