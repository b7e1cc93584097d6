"""Events as API Gateway's HTTP API makes them (payload 2.0), and answers as it reads them."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from strata.local.gateway_events import (
    BadAnswer,
    Headers,
    Reply,
    Request,
    authorizer_event,
    reply_of,
    request_event,
    with_authorizer,
)
from strata.local.routing import Declared, Found

MOMENT = datetime(2026, 3, 1, 9, 5, 7, 250_000, tzinfo=UTC)
ROUTE = Declared("POST /v1/graphs/{graph_id}/executions", "executions", is_public=False)


def request(**fields: Any) -> Request:
    given: dict[str, Any] = {
        "method": "POST",
        "path": "/v1/graphs/gph 1/executions",
        "query": "",
        "headers": [("host", "127.0.0.1:8000")],
        "body": b"",
        "source_ip": "127.0.0.1",
        "port": 8000,
        "protocol": "HTTP/1.1",
    }
    return Request(**{**given, **fields})


def event_of(**fields: Any) -> dict[str, Any]:
    found = Found(ROUTE, {"graph_id": "gph 1"})
    return request_event(request(**fields), found, MOMENT, "request-1")


def test_an_event_has_all_that_api_gateway_sends() -> None:
    headers: Headers = [
        ("host", "127.0.0.1:8000"),
        ("user-agent", "curl/8.5"),
        ("content-type", "application/json"),
        ("accept", "text/plain"),
        ("accept", "application/json"),
        ("cookie", "theme=dark; size=2"),
    ]
    event = event_of(query="b=2&a=1&b=3%204&empty=", headers=headers, body=b'{"inputs": {}}')
    assert event == {
        "version": "2.0",
        "routeKey": "POST /v1/graphs/{graph_id}/executions",
        "rawPath": "/v1/graphs/gph 1/executions",
        "rawQueryString": "b=2&a=1&b=3%204&empty=",
        "cookies": ["theme=dark", "size=2"],
        "headers": {
            "host": "127.0.0.1:8000",
            "user-agent": "curl/8.5",
            "content-type": "application/json",
            "accept": "text/plain,application/json",
            "x-forwarded-for": "127.0.0.1",
            "x-forwarded-port": "8000",
            "x-forwarded-proto": "http",
        },
        "queryStringParameters": {"b": "2,3 4", "a": "1", "empty": ""},
        "pathParameters": {"graph_id": "gph 1"},
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "local",
            "domainName": "127.0.0.1",
            "domainPrefix": "127",
            "http": {
                "method": "POST",
                "path": "/v1/graphs/gph 1/executions",
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": "curl/8.5",
            },
            "requestId": "request-1",
            "routeKey": "POST /v1/graphs/{graph_id}/executions",
            "stage": "$default",
            "time": "01/Mar/2026:09:05:07 +0000",
            "timeEpoch": 1772355907250,
        },
        "body": '{"inputs": {}}',
        "isBase64Encoded": False,
    }


def test_what_a_request_has_not_is_absent() -> None:
    event = request_event(request(headers=[]), Found(ROUTE, {}), MOMENT, "r")
    assert not {"cookies", "queryStringParameters", "pathParameters", "body"} & event.keys()
    assert event["requestContext"]["http"]["userAgent"] == ""


@pytest.mark.parametrize(
    ("content_type", "body", "is_text"),
    [
        ("application/json", "ä".encode(), True),
        ("Application/JSON; charset=utf-8", b"{}", True),
        ("text/csv", b"a,b", True),
        ("application/octet-stream", b"\x00\x01", False),
        ("application/json", b"\xff", False),
        ("", b"x", False),
    ],
)
def test_a_body_is_text_or_base64(content_type: str, body: bytes, is_text: bool) -> None:
    event = event_of(headers=[("content-type", content_type)], body=body)
    expected = body.decode() if is_text else b64encode(body).decode()
    assert (event["body"], event["isBase64Encoded"]) == (expected, not is_text)


def test_the_authorizer_gets_the_request_without_its_body() -> None:
    event = event_of(body=b"secret", headers=[("authorization", "Bearer t")])
    asked = authorizer_event(event)
    assert (asked["version"], asked["type"], asked["identitySource"]) == ("2.0", "REQUEST", None)
    assert asked["routeArn"] == (
        "arn:aws:execute-api:local:000000000000:local/$default/POST/v1/graphs/gph 1/executions"
    )
    assert asked["headers"]["authorization"] == "Bearer t"
    assert "body" not in asked
    assert "type" not in event


def test_what_the_authorizer_says_stands_in_the_request_context() -> None:
    event = with_authorizer(event_of(), {"user_id": "usr_1"})
    assert event["requestContext"]["authorizer"] == {"lambda": {"user_id": "usr_1"}}


def test_an_answer_is_read() -> None:
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/plain", "X-Count": 3, "Content-Length": "99"},
        "cookies": ["a=1", "b=2; Secure"],
        "body": "ä",
        "isBase64Encoded": False,
    }
    assert reply_of(answer) == Reply(
        201,
        [
            ("content-type", "text/plain"),
            ("x-count", "3"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2; Secure"),
        ],
        "ä".encode(),
    )


def test_a_binary_answer_is_decoded() -> None:
    answer = {"statusCode": 200, "body": b64encode(b"\x00\xff").decode(), "isBase64Encoded": True}
    assert reply_of(answer).body == b"\x00\xff"


@pytest.mark.parametrize("answer", [{"hello": 1}, "text", [1], None, 7])
def test_an_answer_without_a_status_is_the_body_of_a_success(answer: Any) -> None:
    reply = reply_of(answer)
    assert (reply.status, json.loads(reply.body)) == (200, answer)
    assert reply.headers == [("content-type", "application/json")]


@pytest.mark.parametrize(
    "answer", [{"statusCode": "200"}, {"statusCode": True}, {"statusCode": 200, "body": {}}]
)
def test_an_answer_that_cannot_be_read_is_bad(answer: Any) -> None:
    with pytest.raises(BadAnswer):
        reply_of(answer)
