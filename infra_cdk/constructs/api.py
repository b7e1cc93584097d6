"""The HTTP API: a route for each that a handler declares, and one for all that nobody does."""

import json

from aws_cdk import Duration
from aws_cdk.aws_apigatewayv2 import (
    CfnStage,
    HttpApi,
    HttpMethod,
    HttpNoneAuthorizer,
    HttpRoute,
    HttpRouteKey,
    IHttpRouteAuthorizer,
)
from aws_cdk.aws_apigatewayv2_authorizers import HttpLambdaAuthorizer, HttpLambdaResponseType
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_kms import IKey
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra_cdk import acknowledged, routes
from infra_cdk.constructs.functions import Functions
from infra_cdk.names import Names
from strata.catalogue import CATALOGUE

UNKNOWN_ROUTES = "system"
"""The function that answers where no route leads, in the form of every other error."""

_LOGGED = {
    "time": "$context.requestTime",
    "request_id": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "integration_error": "$context.integrationErrorMessage",
    "authorizer_error": "$context.authorizer.error",
    "source": "$context.identity.sourceIp",
    "bytes": "$context.responseLength",
}

_PUBLIC = "Public by its declaration: what it answers is for everybody, or is how one signs in"
_REFUSES = "Every request there ends in a refusal: no route leads to it"


class Api(Construct):
    """Its address is known first, since functions are told of it; then it leads to them."""

    def __init__(self, scope: Construct, names: Names) -> None:
        super().__init__(scope, "Api")
        self.http = HttpApi(
            self, "Http", api_name=f"strata-{names.stage.name}", create_default_stage=False
        )

    def lead_to(self, functions: Functions, names: Names, key: IKey) -> None:
        self._authorizer = _authorizer(functions)
        self._integrations = {
            row.name: HttpLambdaIntegration(
                row.name, functions.by_name[row.name], scope_permission_to_route=False
            )
            for row in CATALOGUE
            if "http" in row.serves
        }
        self._add_routes()
        self._add_stage(names, key)

    def _add_routes(self) -> None:
        for row, route in routes.declared():
            key = HttpRouteKey.with_(route.path, HttpMethod[route.method])
            public = route.permission is None
            added = self._add_route(route.key, key, row.name, public=public)
            if public:
                acknowledged.nag(added, "AwsSolutions-APIG4", _PUBLIC)
        other = self._add_route("$default", HttpRouteKey.DEFAULT, UNKNOWN_ROUTES, public=True)
        acknowledged.nag(other, "AwsSolutions-APIG4", _REFUSES)

    def _add_route(self, name: str, key: HttpRouteKey, function: str, *, public: bool) -> HttpRoute:
        authorizer: IHttpRouteAuthorizer = HttpNoneAuthorizer() if public else self._authorizer
        return HttpRoute(
            self,
            name,
            http_api=self.http,
            route_key=key,
            integration=self._integrations[function],
            authorizer=authorizer,
        )

    def _add_stage(self, names: Names, key: IKey) -> None:
        log_group = LogGroup(
            self,
            "Log",
            log_group_name=names.log_group("api"),
            encryption_key=key,
            retention=names.stage.log_retention,
            removal_policy=names.stage.removal,
        )
        CfnStage(
            self,
            "Stage",
            api_id=self.http.api_id,
            stage_name="$default",
            auto_deploy=True,
            access_log_settings=CfnStage.AccessLogSettingsProperty(
                destination_arn=log_group.log_group_arn, format=json.dumps(_LOGGED)
            ),
            default_route_settings=CfnStage.RouteSettingsProperty(
                detailed_metrics_enabled=True,
                throttling_rate_limit=names.stage.requests_per_second,
                throttling_burst_limit=names.stage.burst,
            ),
        )


def _authorizer(functions: Functions) -> HttpLambdaAuthorizer:
    """Asked at every request: an answer that is kept would outlive a logout. Without an identity
    source it is asked also where no header came, so that the answer is ours and not a bare 401."""
    return HttpLambdaAuthorizer(
        "authorizer",
        functions.by_name["authorizer"],
        authorizer_name="authorizer",
        response_types=[HttpLambdaResponseType.SIMPLE],
        results_cache_ttl=Duration.seconds(0),
        identity_source=[],
    )
