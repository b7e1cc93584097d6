"""A credential changes; its secret never goes where it could not go before."""

from dataclasses import replace
from typing import Any, ClassVar

import pytest

from strata import credentials
from strata.credentials import NewCredential
from strata.model.errors import (
    InvalidBody,
    NodeError,
    NotFound,
    SecretRequired,
    Unavailable,
    VersionConflict,
)
from strata.outbound.targets import read_target
from strata.platform import Platform
from strata.ports import Item, Update
from strata.store import keys
from tests.at_once import at_once
from tests.held_platform import OTHER_USER, USER

HOSTS = ["api.example.com", "example.com:8443"]
SECRETS: dict[str, dict[str, Any]] = {
    "api_key": {"key": "first-secret"},
    "header": {"headers": {"X-Token": "first-secret"}},
    "user_password": {"username": "ada", "password": "first-secret"},
}
OTHERS: dict[str, dict[str, Any]] = {
    "api_key": {"key": "second-secret"},
    "header": {"headers": {"X-Other": "second-secret"}},
    "user_password": {"username": "ada", "password": "second-secret"},
}


def made(platform: Platform, kind: str = "api_key") -> str:
    new = NewCredential(kind, "Weather", "example", HOSTS, SECRETS[kind])
    return str(credentials.create(USER, new, platform=platform)["id"])


def changed(platform: Platform, credential_id: str, **wanted: Any) -> dict[str, Any]:
    return credentials.change(USER, credential_id, wanted, platform=platform)


def row(platform: Platform, credential_id: str) -> Item:
    item = platform.table.get(keys.credential(USER, credential_id))
    assert item is not None
    return item


class TestIpv6:
    """A host that is an address, with brackets and without them."""

    HOSTS: ClassVar = ["[2606:4700::1111]", "[2606:4700::2]:8443"]

    def made(self, platform: Platform) -> str:
        new = NewCredential("api_key", "Weather", "example", self.HOSTS, SECRETS["api_key"])
        return str(credentials.create(USER, new, platform=platform)["id"])

    def of_an_earlier_release(self, platform: Platform) -> str:
        own = self.made(platform)
        kept = {"allowed_hosts": ["2606:4700::1111", self.HOSTS[1]]}
        platform.table.write(Update(keys.credential(USER, own), set=kept))
        return own

    @pytest.mark.parametrize("make", [made, of_an_earlier_release])
    def test_what_was_read_can_be_sent_back(self, held: Platform, make: Any) -> None:
        own = make(self, held)
        told = credentials.get(USER, own, platform=held)
        assert told["allowed_hosts"] == self.HOSTS
        assert changed(held, own, allowed_hosts=told["allowed_hosts"])["revision"] == 1

    @pytest.mark.parametrize("make", [made, of_an_earlier_release])
    @pytest.mark.parametrize("wanted", [{"name": "Rain"}, {"secret": OTHERS["api_key"]}])
    def test_another_field_changes_without_its_hosts(
        self, held: Platform, make: Any, wanted: dict[str, Any]
    ) -> None:
        own = make(self, held)
        assert changed(held, own, **wanted)["allowed_hosts"] == self.HOSTS

    @pytest.mark.parametrize("make", [made, of_an_earlier_release])
    def test_it_is_sent_there(self, held: Platform, make: Any) -> None:
        hosts = credentials.use(USER, make(self, held), platform=held).hosts
        assert hosts & read_target("https://[2606:4700:0::1111]/").normal_hosts
        assert not hosts & read_target("https://[2606:4700::2]/").normal_hosts


def test_a_change_checks_nothing_that_was_not_sent(held: Platform) -> None:
    """Whatever has come to be allowed or refused since it was kept."""
    own = made(held)
    held.table.write(Update(keys.credential(USER, own), set={"allowed_hosts": ["*.example.com"]}))
    assert changed(held, own, name="Rain")["allowed_hosts"] == ["*.example.com"]
    assert changed(held, own, secret=OTHERS["api_key"])["allowed_hosts"] == ["*.example.com"]


class TestNames:
    def test_a_new_name_leaves_the_secret_alone(self, held: Platform) -> None:
        own = made(held)
        before = row(held, own)
        assert changed(held, own, name="Rain")["name"] == "Rain"
        after = row(held, own)
        assert (after["sealed"], after["version"]) == (before["sealed"], 1)
        assert after["revision"] == 2

    @pytest.mark.parametrize("wanted", [{}, {"name": "Weather"}, {"allowed_hosts": HOSTS}])
    def test_what_changes_nothing_writes_nothing(
        self, held: Platform, wanted: dict[str, Any]
    ) -> None:
        own = made(held)
        before = row(held, own)
        changed(held, own, **wanted)
        assert row(held, own) == before

    def test_an_old_tag_changes_nothing(self, held: Platform) -> None:
        own = made(held)
        changed(held, own, name="Rain")
        for tag in ('"1"', '"3"', "x"):
            with pytest.raises(VersionConflict):
                credentials.change(USER, own, {"name": "Sun"}, if_match=tag, platform=held)
        told = credentials.change(USER, own, {"name": "Sun"}, if_match="*", platform=held)
        assert told["revision"] == 3

    def test_of_many_changes_at_once_each_is_made_or_refused(self, held: Platform) -> None:
        own = made(held)

        def rename(number: int) -> bool:
            try:
                changed(held, own, name=f"Rain {number}")
            except VersionConflict:
                return False
            return True

        done = at_once(10, rename)
        assert any(done)
        assert row(held, own)["revision"] == 1 + sum(done)

    @pytest.mark.parametrize("user", [USER, OTHER_USER])
    def test_another_user_s_is_as_absent_as_one_that_is_not_there(
        self, held: Platform, user: str
    ) -> None:
        own = made(held) if user == OTHER_USER else "crd_00000000000000000000000009"
        with pytest.raises(NotFound):
            credentials.change(user, own, {"name": "Mine"}, platform=held)


class TestSecrets:
    @pytest.mark.parametrize("kind", SECRETS)
    def test_a_new_secret_is_a_new_version_sealed_anew(self, held: Platform, kind: str) -> None:
        own = made(held, kind)
        before = row(held, own)
        told = changed(held, own, secret=OTHERS[kind])
        assert "secret" not in told
        after = row(held, own)
        assert after["version"] == 2
        assert after["sealed"] != before["sealed"]
        sent = credentials.use(USER, own, platform=held)
        assert "first-secret" not in str(sent)
        assert any("second-secret" in text for text in sent.secrets)

    def test_the_old_secret_does_not_open_in_the_place_of_the_new_one(self, held: Platform) -> None:
        own = made(held)
        old = {"sealed": row(held, own)["sealed"]}
        changed(held, own, secret=OTHERS["api_key"])
        held.table.write(Update(keys.credential(USER, own), set=old))
        with pytest.raises(NodeError, match="cannot be opened"):
            credentials.use(USER, own, platform=held)

    @pytest.mark.parametrize("kind", SECRETS)
    def test_a_secret_of_another_kind_is_refused(self, held: Platform, kind: str) -> None:
        own = made(held, kind)
        for other in set(SECRETS) - {kind}:
            with pytest.raises(InvalidBody) as raised:
                changed(held, own, secret=OTHERS[other])
            assert [one.code for one in raised.value.errors] == ["other_kind"]
            assert "second" not in str(raised.value.errors)

    def test_a_secret_is_checked_like_a_first_one(self, held: Platform) -> None:
        own = made(held)
        with pytest.raises(InvalidBody) as raised:
            changed(held, own, secret={"key": "a\nb"}, allowed_hosts=["http://x"])
        places = [(one.pointer, one.code) for one in raised.value.errors]
        assert places == [("/secret", "invalid_secret"), ("/allowed_hosts/0", "invalid_host")]

    def test_without_the_vault_the_old_secret_stays(self, held: Platform) -> None:
        class Down:
            def new_data_key(self, _: Any) -> Any:
                raise Unavailable

        own = made(held)
        before = row(held, own)
        vault: Any = Down()
        with pytest.raises(Unavailable):
            changed(replace(held, vault=vault), own, secret=OTHERS["api_key"])
        assert row(held, own) == before


class TestPlaces:
    @pytest.mark.parametrize(
        "wanted",
        [
            {"allowed_hosts": ["evil.example"]},
            {"allowed_hosts": [*HOSTS, "evil.example"]},
            {"allowed_hosts": ["evil.example:443"]},
            {"allowed_hosts": ["example.com"]},
            {"placement": {"header": "X-Echo"}},
            {"placement": {"prefix": ""}},
        ],
    )
    def test_an_old_secret_goes_nowhere_else(self, held: Platform, wanted: dict[str, Any]) -> None:
        own = made(held)
        before = row(held, own)
        with pytest.raises(SecretRequired):
            changed(held, own, **wanted)
        assert row(held, own) == before
        changed(held, own, **wanted, secret=OTHERS["api_key"])
        assert "second-secret" in str(credentials.use(USER, own, platform=held).headers)

    @pytest.mark.parametrize(
        "hosts",
        [HOSTS[:1], HOSTS[1:], HOSTS[::-1], ["API.example.com."], [f"{HOSTS[0]}:443"]],
    )
    def test_fewer_hosts_need_no_secret(self, held: Platform, hosts: list[str]) -> None:
        own = made(held)
        changed(held, own, allowed_hosts=hosts)
        sent = credentials.use(USER, own, platform=held)
        assert sent.hosts <= {*HOSTS, f"{HOSTS[0]}:443"}
        assert sent.headers == {"Authorization": "Bearer first-secret"}

    def test_a_port_is_no_way_to_another_one(self, held: Platform) -> None:
        own = made(held)
        changed(held, own, allowed_hosts=[f"{HOSTS[0]}:443"])
        for hosts in (HOSTS[:1], [f"{HOSTS[0]}:8443"]):
            with pytest.raises(SecretRequired):
                changed(held, own, allowed_hosts=hosts)

    def test_a_header_s_name_is_the_same_in_small_letters(self, held: Platform) -> None:
        own = made(held)
        told = changed(held, own, placement={"header": "authorization"})
        assert told["placement"] == {"header": "authorization", "prefix": "Bearer "}

    def test_a_part_of_the_placement_leaves_the_other_as_it_is(self, held: Platform) -> None:
        own = made(held)
        told = changed(held, own, placement={"header": "X-Key"}, secret=OTHERS["api_key"])
        assert told["placement"] == {"header": "X-Key", "prefix": "Bearer "}
        sent = credentials.use(USER, own, platform=held).headers
        assert sent == {"X-Key": "Bearer second-secret"}

    @pytest.mark.parametrize("kind", ["header", "user_password"])
    def test_only_a_key_has_a_placement(self, held: Platform, kind: str) -> None:
        with pytest.raises(InvalidBody) as raised:
            changed(held, made(held, kind), placement={"header": "X-Key"})
        assert [(one.pointer, one.code) for one in raised.value.errors] == [
            ("/placement", "other_kind")
        ]

    @pytest.mark.parametrize("hosts", [[], ["http://x"]])
    def test_hosts_that_are_none_are_refused(self, held: Platform, hosts: list[str]) -> None:
        with pytest.raises(InvalidBody):
            changed(held, made(held), allowed_hosts=hosts)
