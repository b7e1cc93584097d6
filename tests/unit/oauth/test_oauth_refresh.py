"""Tokens are renewed before they end: once, whoever else needs them, whatever breaks."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from strata import credentials, providers
from strata.model.errors import NodeError, Unavailable
from strata.oauth_refresh import LEASE
from strata.opened_keys import OpenedKeys
from strata.platform import Platform
from strata.providers import NewClient
from strata.store import credentials as store
from strata.store import keys
from tests.held_oauth import PROVIDER, Shut, authorized, begun, completed, row
from tests.held_platform import USER
from tests.oauth_server import CLIENT, SECRET, OAuthServer, saying_json
from tests.unit.outbound_server import answering, saying
from tests.watched_table import Operation, Step, after_first, watched

LIFE = 3600
DUE = LIFE - 59
OVER = LIFE + 1


def sent(platform: Platform, credential_id: str) -> str:
    """The token that a node would send."""
    used = credentials.use(USER, credential_id, platform=platform)
    return used.headers["Authorization"].removeprefix("Bearer ")


def failure(platform: Platform, credential_id: str) -> tuple[str, bool]:
    with pytest.raises(NodeError) as raised:
        credentials.use(USER, credential_id, platform=platform)
    assert "swordfish" not in raised.value.message
    return raised.value.code, raised.value.retryable


class TestWhen:
    @pytest.mark.parametrize(("passed", "asked"), [(LIFE - 61, 1), (LIFE - 60, 2), (OVER, 2)])
    def test_a_minute_before_its_end_and_not_before(
        self, platform: Platform, server: OAuthServer, passed: int, asked: int
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(passed)
        assert sent(platform, own) == server.access_tokens[-1]
        assert len(server.forms) == asked

    def test_a_token_whose_end_nobody_told_is_never_renewed(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        server.lives = None
        own = authorized(platform, server)
        platform.clock.sleep(10 * LIFE)
        assert sent(platform, own) == server.access_tokens[0]
        assert len(server.forms) == 1

    def test_one_that_nothing_can_renew_is_good_to_its_end(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        server.refreshes = False
        own = authorized(platform, server)
        told = credentials.get(USER, own, platform=platform)
        assert told["expires_at"] == "2026-03-01T13:00:00.000Z"
        platform.clock.sleep(LIFE - 1)
        assert sent(platform, own) == server.access_tokens[0]
        platform.clock.sleep(1)
        assert failure(platform, own) == ("needs_authorization", False)

    @pytest.mark.parametrize("rotates", [True, False])
    def test_it_is_renewed_again_and_again(
        self, platform: Platform, server: OAuthServer, rotates: bool
    ) -> None:
        server.rotates = rotates
        own = authorized(platform, server)
        for number in range(1, 4):
            platform.clock.sleep(DUE)
            assert sent(platform, own) == server.access_tokens[number]
            assert row(platform, own)["version"] == 1 + number
        given = [form.get("refresh_token") for form in server.forms[1:]]
        assert len(set(given)) == (3 if rotates else 1)

    def test_a_renewal_is_no_change_that_its_user_sees(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        before = credentials.get(USER, own, platform=platform)
        platform.clock.sleep(DUE)
        sent(platform, own)
        assert credentials.get(USER, own, platform=platform) == before

    def test_fewer_scopes_of_a_renewal_are_shown(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server, scopes=["read", "write"])
        platform.clock.sleep(DUE)
        server.extra = {"scope": "read"}
        sent(platform, own)
        shown = credentials.get(USER, own, platform=platform)
        assert (shown["scopes"], shown["revision"]) == (["read"], 2)

    def test_more_scopes_than_were_asked_for_end_it(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server, scopes=["read"])
        platform.clock.sleep(OVER)
        server.extra = {"scope": "read admin"}
        assert failure(platform, own) == ("needs_authorization", False)
        assert len(server.revoked) == 1

    def test_a_version_s_tokens_open_in_no_other(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        old = row(platform, own)["sealed"]
        platform.clock.sleep(DUE)
        sent(platform, own)
        platform.table.write(store.updated(store.of(row(platform, own)), {"sealed": old}))
        assert failure(platform, own) == ("invalid_credential", False)


class TestLeases:
    def test_a_lease_that_ran_out_is_taken_over(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        """Its holder died before it asked."""
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        now = int(platform.clock.now().timestamp())
        before = store.of(row(platform, own))
        assert store.take_lease(before, "lea_dead", now, now + 10, platform)[0]
        assert sent(platform, own) == server.access_tokens[1]
        assert sum(platform.clock.waits[1:]) >= 10  # type: ignore[attr-defined]

    def test_a_lease_that_nobody_ends_is_waited_for_no_longer_than_a_node_may(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        now = int(platform.clock.now().timestamp())
        before = store.of(row(platform, own))
        store.take_lease(before, "lea_slow", now, now + 3600, platform)
        assert failure(platform, own) == ("provider_unavailable", True)

    def test_who_waits_sees_that_it_was_deleted(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        now = int(platform.clock.now().timestamp())
        store.take_lease(store.of(row(platform, own)), "lea_x", now, now + 30, platform)
        gone = after_first("write", lambda: credentials.delete(USER, own, platform=platform))
        # The attempt to take the lease is the first write.
        other, _ = watched(platform, before=gone)
        assert failure(other, own) == ("unknown_credential", False)

    def test_who_was_slower_than_its_lease_keeps_what_it_got(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        """Another one took over meanwhile, and asks with a token that is used up."""
        own = authorized(platform, server)
        platform.clock.sleep(OVER)

        def take_over() -> None:
            server.before = lambda: None
            platform.clock.sleep(31)
            assert failure(platform, own) == ("needs_authorization", False)

        # Between the provider's answer and the write of what it said.
        other, _ = watched(platform, before=_before_second_write(take_over))
        assert sent(other, own) == server.access_tokens[1]
        assert row(platform, own)["status"] == "active"
        assert sent(platform, own) == server.access_tokens[1]

    def test_new_tokens_that_came_meanwhile_are_used(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        asked = begun(platform, credential_id=own)
        told = server.authorize(asked["authorize_url"])
        platform.clock.sleep(0)
        platform.table.write(store.updated(store.of(row(platform, own)), {"token_expires": 1}))
        meanwhile = _before_second_write(lambda: completed(platform, asked, told))
        assert sent(watched(platform, before=meanwhile)[0], own) == server.access_tokens[-1]
        assert len(server.access_tokens) == 3

    def test_what_is_issued_for_a_credential_that_was_deleted_meanwhile_is_given_back(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(DUE)
        deletion = _before_second_write(lambda: credentials.delete(USER, own, platform=platform))
        other, _ = watched(platform, before=deletion)
        assert failure(other, own) == ("unknown_credential", False)
        assert len(server.revoked) == 2
        assert server.refresh_tokens == set()


def _before_second_write(meanwhile: Callable[[], object]) -> Step:
    """The first write takes the lease, the second one keeps the new tokens."""
    steps: list[Callable[[], object]] = [meanwhile, lambda: None]

    def step(operation: Operation, _: Any) -> None:
        if operation == "write" and steps:
            steps.pop()()

    return step


class TestProviders:
    @pytest.mark.parametrize("code", ["invalid_grant", "bad_refresh_token"])
    def test_a_grant_that_has_ended_is_told_and_not_tried_again(
        self, platform: Platform, server: OAuthServer, code: str
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(DUE)
        server.misbehave = [saying_json({"error": code}, "400 Bad Request")]
        assert failure(platform, own) == ("needs_authorization", False)
        told = credentials.get(USER, own, platform=platform)
        assert (told["status"], told["revision"]) == ("needs_authorization", 2)
        assert failure(platform, own) == ("needs_authorization", False)
        assert len(server.forms) == 2

    def test_it_is_good_again_once_its_user_has_authorised_it_anew(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(DUE)
        server.refresh_tokens.clear()
        assert failure(platform, own) == ("needs_authorization", False)
        asked = begun(platform, credential_id=own)
        completed(platform, asked, server.authorize(asked["authorize_url"]))
        assert sent(platform, own) == server.access_tokens[-1]

    @pytest.mark.parametrize(
        ("misbehave", "retryable"),
        [
            (answering(b"", status="503 Down"), True),
            (answering(b"", status="429 Slow"), True),
            (saying(b""), True),
            (saying_json({"error": "temporarily_unavailable"}, "400 Bad Request"), True),
            (answering(b"swordfish", status="404 Gone"), False),
            (answering(b"", "Location: http://127.0.0.1/", status="307 Elsewhere"), False),
            (answering(b"x" * 100_000), False),
            (answering(b"[" * 60_000), False),
            (answering(b"swordfish"), False),
            (saying_json({"access_token": "sword\nfish"}), False),
        ],
    )
    def test_one_that_is_down_is_tried_again_and_one_that_talks_nonsense_by_another_node(
        self, platform: Platform, server: OAuthServer, misbehave: Any, retryable: bool
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        server.misbehave = [misbehave]
        assert failure(platform, own) == ("provider_unavailable", retryable)
        assert sent(platform, own) == server.access_tokens[-1]

    def test_while_it_is_down_the_old_token_is_good_to_its_end(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(DUE)
        server.misbehave = [answering(b"", status="503 Down")]
        assert sent(platform, own) == server.access_tokens[0]
        assert row(platform, own)["lease"] == ""

    def test_a_client_that_it_refuses_is_no_fault_of_the_credential(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        new = NewClient(CLIENT, "wrong", server.definition())
        providers.save(PROVIDER, new, platform=platform)
        assert failure(platform, own) == ("authorization_refused", False)
        providers.save(PROVIDER, replace(new, client_secret=SECRET), platform=platform)
        assert sent(platform, own) == server.access_tokens[-1]

    def test_a_client_that_is_gone_renews_nothing(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        providers.delete(PROVIDER, platform=platform)
        assert failure(platform, own) == ("provider_not_configured", False)

    @pytest.mark.parametrize("name", ["token_url", "revoke_url"])
    def test_endpoints_that_did_not_issue_the_tokens_never_see_them(
        self, platform: Platform, server: OAuthServer, name: str
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        elsewhere = server.definition(**{name: server.url("/evil")})
        providers.save(PROVIDER, NewClient(CLIENT, SECRET, elsewhere), platform=platform)
        assert failure(platform, own) == ("needs_authorization", False)
        credentials.delete(USER, own, platform=platform)
        assert len(server.server.received) == 1


class TestVault:
    def test_without_it_no_node_gets_a_token_and_none_is_renewed(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        down = replace(platform, vault=Shut(platform.vault), opened_keys=OpenedKeys())
        with pytest.raises(Unavailable):
            credentials.use(USER, own, platform=down)
        assert len(server.forms) == 1
        assert sent(platform, own) == server.access_tokens[-1]

    def test_new_tokens_are_tried_to_be_kept_a_few_times(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        """Nobody else knows them, and the old ones may be dead."""
        own = authorized(platform, server)
        platform.clock.sleep(OVER)
        vault = Throttled(platform.vault, 2)
        assert sent(replace(platform, vault=vault), own) == server.access_tokens[1]
        platform.clock.sleep(OVER)
        vault = Throttled(platform.vault, 9)
        with pytest.raises(Unavailable):
            credentials.use(USER, own, platform=replace(platform, vault=vault))
        assert row(platform, own)["lease"] == ""

    def test_a_process_that_dies_between_answer_and_write_is_told_by_the_provider(
        self, platform: Platform, server: OAuthServer
    ) -> None:
        """With tokens that rotate, the user has to authorise again; no node fails unheard."""
        own = authorized(platform, server)
        platform.clock.sleep(OVER)

        def die() -> None:
            raise KeyboardInterrupt

        dying, _ = watched(platform, before=_before_second_write(die))
        with pytest.raises(KeyboardInterrupt):
            credentials.use(USER, own, platform=dying)
        platform.clock.sleep(LEASE)
        assert failure(platform, own) == ("needs_authorization", False)
        assert platform.table.get(keys.credential(USER, own)) is not None


class Throttled(Shut):
    """A vault that makes no new key so many times."""

    def __init__(self, vault: Any, times: int) -> None:
        super().__init__(vault, opens=True)
        self._times = times

    def new_data_key(self, context: Any) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise Unavailable
        return self._vault.new_data_key(context)
