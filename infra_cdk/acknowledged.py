"""What a checker finds and we stand by: one construct at a time, each with its reason.

cdk-nag reads the acknowledgement from the construct tree, checkov from the metadata that it
leaves in the template.
"""

from aws_cdk import Acknowledgment, CfnResource, Validations
from constructs import IConstruct


def nag(construct: IConstruct, rule: str, reason: str) -> None:
    """cdk-nag; `rule` names one finding, such as `AwsSolutions-IAM5[Resource::*]`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def checkov(construct: IConstruct, rule: str, reason: str) -> None:
    """checkov, on the construct's own CloudFormation resource."""
    resource = own(construct)
    held = resource.get_metadata("checkov") or {"skip": []}
    held["skip"].append({"id": rule, "comment": reason})
    resource.add_metadata("checkov", held)


def own(construct: IConstruct) -> CfnResource:
    """The CloudFormation resource that the construct stands for."""
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"{construct.node.path} is no single resource")
    return resource
