"""The services that a Task calls by a name of Step Functions' own, and how it may wait for them.

The patterns besides request and response: `.sync` (and `.sync:2`) waits for the job's end,
`.waitForTaskToken` for whoever answers with the token.
"""

from collections.abc import Mapping

SYNC, SYNC_2, TOKEN = "sync", "sync:2", "waitForTaskToken"
PATTERNS = (SYNC, SYNC_2, TOKEN)

ANY = "*"
"""In place of an action: whichever the service has."""

_PLAIN: tuple[str, ...] = ()
_JOB = (SYNC,)
_CALLBACK = (TOKEN,)
_BOTH = (SYNC, TOKEN)

INTEGRATIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "apigateway": {"invoke": _CALLBACK},
    "athena": {
        "startQueryExecution": _JOB,
        **dict.fromkeys(("stopQueryExecution", "getQueryExecution", "getQueryResults"), _PLAIN),
    },
    "batch": {"submitJob": _JOB},
    "bedrock": {"invokeModel": _BOTH, "createModelCustomizationJob": _BOTH},
    "bedrock-agentcore": {ANY: _PLAIN},
    "codebuild": {
        **dict.fromkeys(("startBuild", "startBuildBatch", "retryBuildBatch"), _JOB),
        **dict.fromkeys(("stopBuild", "stopBuildBatch", "deleteBuildBatch"), _PLAIN),
        **dict.fromkeys(("batchDeleteBuilds", "batchGetReports"), _PLAIN),
    },
    "databrew": {"startJobRun": _JOB},
    "dynamodb": dict.fromkeys(("getItem", "putItem", "deleteItem", "updateItem"), _PLAIN),
    "ecs": {"runTask": _BOTH},
    "eks": {
        **dict.fromkeys(("createCluster", "deleteCluster", "createNodegroup"), _JOB),
        **dict.fromkeys(("deleteNodegroup", "createFargateProfile", "deleteFargateProfile"), _JOB),
        "runJob": _BOTH,
        "call": _CALLBACK,
    },
    "elasticmapreduce": {
        **dict.fromkeys(("createCluster", "terminateCluster", "addStep"), _JOB),
        **dict.fromkeys(("cancelStep", "setClusterTerminationProtection"), _PLAIN),
        **dict.fromkeys(("modifyInstanceFleetByName", "modifyInstanceGroupByName"), _PLAIN),
    },
    "emr-containers": {
        "createVirtualCluster": _PLAIN,
        **dict.fromkeys(("deleteVirtualCluster", "startJobRun"), _JOB),
    },
    "emr-serverless": dict.fromkeys(
        (
            *("createApplication", "startApplication", "stopApplication", "deleteApplication"),
            *("startJobRun", "cancelJobRun"),
        ),
        _JOB,
    ),
    "events": {"putEvents": _CALLBACK},
    "glue": {"startJobRun": _JOB},
    "http": {"invoke": _PLAIN},
    "lambda": {"invoke": _CALLBACK},
    "mediaconvert": {"createJob": _JOB},
    "sagemaker": {
        **dict.fromkeys(
            ("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"), _PLAIN
        ),
        **dict.fromkeys(("createHyperParameterTuningJob", "createLabelingJob"), _JOB),
        **dict.fromkeys(("createProcessingJob", "createTrainingJob", "createTransformJob"), _JOB),
    },
    "sns": {"publish": _CALLBACK},
    "sqs": {"sendMessage": _CALLBACK},
    "states": {"startExecution": (SYNC, SYNC_2, TOKEN)},
}

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "dynamodb:getItem": ("TableName", "Key"),
    "dynamodb:putItem": ("TableName", "Item"),
    "ecs:runTask": ("TaskDefinition",),
    "events:putEvents": ("Entries",),
    "glue:startJobRun": ("JobName",),
    "lambda:invoke": ("FunctionName",),
    "sns:publish": ("Message",),
    "sqs:sendMessage": ("QueueUrl", "MessageBody"),
    "states:startExecution": ("StateMachineArn",),
}
"""What the service asks for when the machine is made, not first when it runs."""
