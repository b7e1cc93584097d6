"""A credential goes in, is never seen again, and works for its owner and its hosts alone."""

import json
from dataclasses import replace
from typing import Any

import pytest

from strata import credentials, node_views, nodes
from strata.credentials import NewCredential
from strata.model.errors import InvalidBody, NodeError, NodeFailed, NotFound, Unavailable
from strata.model.idempotency import Idempotency
from strata.platform import Platform
from strata.ports import Item, Put, Update
from strata.redaction import redact, sought
from strata.store import keys
from tests.builders import graph, node
from tests.held_platform import OTHER_USER, USER, HeldOutbound, started
from tests.unit.pages import all_items

SECRET = "sk_live_4242424242424242"
HOSTS = ["api.example.com"]


def api_key(key: str = SECRET, hosts: list[str] | None = None, **fields: Any) -> NewCredential:
    allowed = HOSTS if hosts is None else hosts
    return NewCredential("api_key", "Weather", "example", allowed, {"key": key}, **fields)


def headers(**values: str) -> NewCredential:
    named = {name.replace("_", "-"): value for name, value in values.items()}
    return NewCredential("header", "Weather", "example", HOSTS, {"headers": named})


def login(username: str, password: str) -> NewCredential:
    secret = {"username": username, "password": password}
    return NewCredential("user_password", "Weather", "example", HOSTS, secret)


def create(platform: Platform, new: NewCredential | None = None, user: str = USER) -> str:
    return str(credentials.create(user, new or api_key(), platform=platform)["id"])


def refusal(platform: Platform, new: NewCredential) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as raised:
        credentials.create(USER, new, platform=platform)
    assert SECRET not in str(raised.value.errors)
    return [(one.pointer, one.code) for one in raised.value.errors]


class TestViews:
    def test_it_shows_all_but_the_secret(self, held: Platform) -> None:
        made = credentials.create(USER, api_key(), platform=held)
        assert made == {
            "id": made["id"],
            "kind": "api_key",
            "name": "Weather",
            "provider": "example",
            "allowed_hosts": HOSTS,
            "placement": {"header": "Authorization", "prefix": "Bearer "},
            "masked": "****4242",
            "status": "active",
            "scopes": None,
            "expires_at": None,
            "created_at": "2026-03-01T12:00:00.000Z",
            "updated_at": "2026-03-01T12:00:00.000Z",
            "revision": 1,
        }
        told = credentials.get(USER, made["id"], platform=held)
        assert told == {**made, "used_by": []}

    @pytest.mark.parametrize("limit", [1, 2, 100])
    def test_they_are_listed_newest_first(self, held: Platform, limit: int) -> None:
        ids = [create(held) for _ in range(3)]
        found = all_items(lambda page: credentials.listing(USER, page=page, platform=held), limit)
        assert [one["id"] for one in found] == ids[::-1]

    def test_the_table_holds_no_secret_in_clear(self, held: Platform) -> None:
        key = Idempotency("key", "digest")
        made = credentials.create(USER, api_key(), idempotency=key, platform=held)
        items = [
            held.table.get(keys.credential(USER, made["id"])),
            held.table.get(keys.idempotency(USER, "key")),
        ]
        assert SECRET not in json.dumps(items)

    @pytest.mark.parametrize(
        ("new", "masked"),
        [
            (api_key("x" * 12 + "4242"), "****4242"),
            (api_key("x" * 11 + "4242"), "****"),
            (api_key("hunter2"), "****"),
            (
                headers(X_Token="x" * 36 + "4242", X_Other="short"),
                "X-Token: ****4242, X-Other: ****",
            ),
            (login("ada", "hunter2-hunter2-hunter2"), "****:****"),
            (login("sk_live_42424242", ""), "****4242:****"),
        ],
    )
    def test_a_mask_tells_no_more_than_the_end_of_a_long_key(
        self, held: Platform, new: NewCredential, masked: str
    ) -> None:
        assert credentials.create(USER, new, platform=held)["masked"] == masked

    def test_the_same_key_of_a_request_makes_one(self, held: Platform) -> None:
        key = Idempotency("key", "digest")
        made = [
            credentials.create(USER, api_key(), idempotency=key, platform=held) for _ in range(2)
        ]
        assert made[0] == made[1]
        page = all_items(lambda page: credentials.listing(USER, page=page, platform=held))
        assert len(page) == 1

    def test_without_the_vault_there_is_no_credential(self, held: Platform) -> None:
        class Down:
            def new_data_key(self, _: Any) -> Any:
                raise Unavailable

        vault: Any = Down()
        with pytest.raises(Unavailable):
            create(replace(held, vault=vault))
        assert all_items(lambda page: credentials.listing(USER, page=page, platform=held)) == []


class TestUse:
    @pytest.mark.parametrize(
        ("new", "sent"),
        [
            (api_key(), {"Authorization": f"Bearer {SECRET}"}),
            (api_key(placement={"header": "X-API-Key"}), {"X-API-Key": SECRET}),
            (
                api_key(placement={"header": "X-API-Key", "prefix": "Key "}),
                {"X-API-Key": f"Key {SECRET}"},
            ),
            (api_key(placement={"prefix": "Token "}), {"Authorization": f"Token {SECRET}"}),
            (api_key(placement={}), {"Authorization": f"Bearer {SECRET}"}),
            (headers(X_Token="a", X_Other="b c"), {"X-Token": "a", "X-Other": "b c"}),
            # The example of RFC 7617.
            (
                login("Aladdin", "open sesame"),
                {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
            ),
            (login("test", "123£"), {"Authorization": "Basic dGVzdDoxMjPCow=="}),
            (login("", "a:b"), {"Authorization": "Basic OmE6Yg=="}),
        ],
    )
    def test_a_request_gets_its_headers(
        self, held: Platform, new: NewCredential, sent: dict[str, str]
    ) -> None:
        assert credentials.use(USER, create(held, new), platform=held).headers == sent

    def test_what_is_shown_of_its_place_is_where_it_goes(self, held: Platform) -> None:
        made = credentials.create(USER, api_key(placement={"header": "X-Key"}), platform=held)
        assert made["placement"] == {"header": "X-Key", "prefix": ""}

    @pytest.mark.parametrize(
        ("new", "echo", "shown"),
        [
            (login("ada@example.com", "hunter2-hunter2"), "hunter2-hunter2", "****"),
            (login("ada", "hunter2-hunter2"), "ada", "ada"),
            (login("sk_live_42424242", "x"), "sk_live_42424242", "****"),
            (login("ada@example.com", "hunter2-hunter2"), "ada@example.com", "****"),
            (login("sk_live_42424242", ""), "sk_live_42424242", "****"),
            (login("ada", "hunter2"), "YWRhOmh1bnRlcjI=", "****"),
            (api_key(placement={"prefix": "Basic "}), SECRET, "****"),
            (api_key(placement={"prefix": "basic "}), f"basic {SECRET}", "****"),
            (api_key(placement={"prefix": "Token token="}), SECRET, "****"),
            (api_key("hunter2"), "Bearer hunter2", "****"),
            (api_key("hunter2"), "hunter2", "hunter2"),
            (api_key(placement={"prefix": "key:"}), SECRET, "****"),
            (headers(X_Token="Scheme swordfish"), "swordfish", "****"),
            (headers(X_Token="swordfish1 marlinfish2"), "swordfish1", "****"),
            (headers(X_Token="a=swordfish,marlinfish"), "swordfish", "****"),
            (headers(X_Token="account1:swordfish"), "swordfish", "****"),
            (headers(Cookie="sid=swordfish; t=marlinfish"), "swordfish", "****"),
            (headers(Cookie="sid=swordfish; t=marlinfish"), "marlinfish", "****"),
            (headers(Cookie="sid=sword%2Ffish"), "sword/fish", "****"),
            (headers(Cookie="sid=abc; t=def"), "abc", "abc"),
            (headers(Authorization='Token token="swordfish"'), "swordfish", "****"),
            (headers(Authorization='Digest a="two swordfish", b=c'), "two swordfish", "****"),
            (headers(Authorization="basic YWRhOnN3b3JkZmlzaA=="), "swordfish", "****"),
        ],
    )
    def test_an_answer_that_repeats_it_is_masked(
        self, held: Platform, new: NewCredential, echo: str, shown: str
    ) -> None:
        secrets = credentials.use(USER, create(held, new), platform=held).secrets
        assert redact(echo, sought(secrets)) == shown

    def test_it_is_for_its_hosts_alone(self, held: Platform) -> None:
        new = api_key(hosts=["API.example.com", "bücher.example", "api.example.com", "x.io:8443"])
        assert credentials.use(USER, create(held, new), platform=held).hosts == frozenset(
            {"api.example.com", "xn--bcher-kva.example", "x.io:8443"}
        )

    def test_another_user_s_is_as_unknown_as_one_that_is_not_there(self, held: Platform) -> None:
        own = create(held)
        told = []
        for one in (own, "crd_00000000000000000000000009"):
            with pytest.raises(NodeError) as raised:
                credentials.use(OTHER_USER, one, platform=held)
            told.append((raised.value.code, raised.value.message))
        assert told[0] == told[1]
        assert told[0][0] == "unknown_credential"


class TestTamperedRows:
    """Who can write to the table gets nothing out of it."""

    def row(self, platform: Platform, credential_id: str, user: str = USER) -> Item:
        item = platform.table.get(keys.credential(user, credential_id))
        assert item is not None
        return item

    def assert_shut(self, platform: Platform, credential_id: str, user: str = USER) -> None:
        with pytest.raises(NodeError) as raised:
            credentials.use(user, credential_id, platform=platform)
        assert raised.value.code == "invalid_credential"

    def test_the_secret_of_another_credential_does_not_open(self, held: Platform) -> None:
        one, other = create(held), create(held)
        sealed = {"sealed": self.row(held, other)["sealed"]}
        held.table.write(Update(keys.credential(USER, one), set=sealed))
        self.assert_shut(held, one)

    def test_the_row_of_another_user_does_not_open(self, held: Platform) -> None:
        own = create(held)
        stolen = {**self.row(held, own), "user_id": OTHER_USER}
        held.table.write(Put({**stolen, "pk": keys.credential(OTHER_USER, own).pk}))
        self.assert_shut(held, own, OTHER_USER)

    @pytest.mark.parametrize(
        "changes", [{"version": 2}, {"provider": "another"}, {"sealed": ""}, {"sealed": "AQAA"}]
    )
    def test_with_another_version_provider_or_text_it_does_not_open(
        self, held: Platform, changes: dict[str, Any]
    ) -> None:
        own = create(held)
        held.table.write(Update(keys.credential(USER, own), set=changes))
        self.assert_shut(held, own)


class TestDelete:
    REQUEST = "https://api.example.com/rain"

    def test_the_next_node_can_use_it_no_more(self, held: Platform) -> None:
        own = create(held)
        request = {"url": self.REQUEST, "credential": own}
        made = graph([node("a", "http_request", **request), node("b", "http_request", **request)])
        run = started(made, held)
        nodes.run(run, "a", platform=held)
        credentials.delete(USER, own, platform=held)
        with pytest.raises(NodeFailed, match="unknown_credential"):
            nodes.run(run, "b", platform=held)
        assert isinstance(held.outbound, HeldOutbound)
        assert len(held.outbound.calls) == 1

    def test_a_node_s_view_never_had_it(self, held: Platform) -> None:
        own = create(held)
        made = graph([node("a", "http_request", url=self.REQUEST, credential=own)])
        run = started(made, held)
        nodes.run(run, "a", platform=held)
        shown = node_views.get(USER, run.execution_id, "a", platform=held)
        assert SECRET not in json.dumps(shown)

    def test_it_is_gone(self, held: Platform) -> None:
        own = create(held)
        credentials.delete(USER, own, platform=held)
        with pytest.raises(NotFound):
            credentials.get(USER, own, platform=held)
        with pytest.raises(NotFound):
            credentials.delete(USER, own, platform=held)


class TestChecks:
    @pytest.mark.parametrize(
        "key", ["", " ", f"{SECRET}\nb", "a\r\nX-Other: b", "é", "\x7f", " a", "a\t"]
    )
    def test_a_key_that_a_header_would_not_carry_unchanged_is_refused(
        self, held: Platform, key: str
    ) -> None:
        assert ("/secret", "invalid_secret") in refusal(held, api_key(key))

    @pytest.mark.parametrize(
        ("username", "password", "fault"),
        [
            ("a:b", "c", ("/secret/username", "invalid_username")),
            ("", "", ("/secret", "empty_secret")),
            ("a\n", "b", ("/secret", "invalid_secret")),
            ("a", "b\x85", ("/secret", "invalid_secret")),
            ("a", "\ud800", ("/secret", "invalid_secret")),
            ("a", "x" * 30_000, ("/secret", "secret_too_large")),
        ],
    )
    def test_so_are_a_name_and_a_password_that_basic_would_not_carry(
        self, held: Platform, username: str, password: str, fault: tuple[str, str]
    ) -> None:
        assert refusal(held, login(username, password)) == [fault]

    @pytest.mark.parametrize("value", ["", " ", "a\nb", "é", "a "])
    def test_so_is_a_header_s_value(self, held: Platform, value: str) -> None:
        assert refusal(held, headers(X_Token=value)) == [("/secret", "invalid_secret")]

    @pytest.mark.parametrize("prefix", ["\n", "é", " Bearer "])
    def test_so_is_a_prefix(self, held: Platform, prefix: str) -> None:
        new = api_key(placement={"header": "X-Key", "prefix": prefix})
        assert refusal(held, new) == [("/placement/prefix", "invalid_prefix")]

    @pytest.mark.parametrize(
        "name", ["", "X Key", "X:Key", "X-Kéy", "X\nKey", "Host", "content-length", "TE", "x" * 129]
    )
    def test_a_name_that_no_header_has_or_the_connection_needs_is_refused(
        self, held: Platform, name: str
    ) -> None:
        new = api_key(placement={"header": name})
        assert refusal(held, new) == [("/placement/header", "invalid_header")]

    def test_so_is_one_among_the_headers_of_a_secret(self, held: Platform) -> None:
        assert refusal(held, headers(Host="a")) == [("/secret", "invalid_header")]

    def test_no_headers_at_all_are_no_secret(self, held: Platform) -> None:
        assert refusal(held, headers()) == [("/secret", "empty_secret")]

    def test_a_header_named_twice_is_refused(self, held: Platform) -> None:
        new = headers(X_Token="a", x_token="b")
        assert refusal(held, new) == [("/secret", "duplicate_header")]

    def test_more_than_a_request_can_carry_is_refused(self, held: Platform) -> None:
        assert refusal(held, api_key("x" * 40_000)) == [("/secret", "secret_too_large")]

    def test_a_credential_without_hosts_is_refused(self, held: Platform) -> None:
        assert refusal(held, api_key(hosts=[])) == [("/allowed_hosts", "no_host")]

    def test_each_host_that_is_none_is_told(self, held: Platform) -> None:
        new = api_key(hosts=["*.example.com", "example.com", "https://example.com"])
        assert refusal(held, new) == [
            ("/allowed_hosts/0", "invalid_host"),
            ("/allowed_hosts/2", "invalid_host"),
        ]
