"""Functions that are called by hand, with the rights of whoever calls: on AWS those are the
caller's own credentials."""

import json
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from strata.aws.failures import error_code

_PATIENT = Config(connect_timeout=5, read_timeout=600, retries={"total_max_attempts": 1})
"""It may run for minutes, and is not to be called a second time unasked."""


class CallFailed(Exception):
    """Its message is a sentence for who called."""


def call(stage: str, function: str, event: Any) -> Any:
    """What the function of that stage answers. Raises CallFailed."""
    name = f"strata-{stage}-{function}"
    try:
        client = boto3.client("lambda", config=_PATIENT)
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event))
        result = json.loads(answer["Payload"].read())
    except ClientError as error:
        raise CallFailed(f"{name} cannot be called: {error_code(error)}") from error
    except BotoCoreError as error:
        raise CallFailed(f"{name} cannot be called: {error}") from error
    if "FunctionError" in answer:
        raise CallFailed(f"{name} failed: {result.get('errorMessage', 'no word why')}")
    return result
