from typing import Any

from tests.unit.functions.gateway import Gateway
from tests.unit.functions.test_graphs import create
from tests.unit.http.calls import Reply


class TestPages:
    def pages(self, user: Gateway, **query: Any) -> list[list[str]]:
        """The names on each page."""
        found, cursor = [], None
        while True:
            asked = {**query, "cursor": cursor} if cursor else query
            page = user.call("GET", "/v1/graphs", query=asked).json
            found.append([graph["name"] for graph in page["items"]])
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def test_pages_hold_every_graph_once_newest_first(self, ada: Gateway) -> None:
        for name in "abcde":
            create(ada, name=name)
        assert self.pages(ada, limit=2) == [["e", "d"], ["c", "b"], ["a"]]

    def test_graphs_are_found_by_a_part_of_their_name(self, ada: Gateway) -> None:
        for name in ("Daily report", "Weekly REPORT", "Other"):
            create(ada, name=name)
        found = self.pages(ada, q="report", order_by="name")
        assert found == [["Daily report", "Weekly REPORT"]]

    def test_an_order_that_there_is_not_is_400(self, ada: Gateway) -> None:
        answer = ada.call("GET", "/v1/graphs", query={"order_by": "swordfish"})
        assert answer.faults == [("/query/order_by", "not_allowed_value")]
        assert "swordfish" not in answer.body

    def cursor(self, user: Gateway, **query: Any) -> Reply:
        return user.call("GET", "/v1/graphs", query=query)

    def test_a_cursor_of_another_user_list_or_filter_is_400(self, gateway: Gateway) -> None:
        ada, bob = gateway.signed_in(), gateway.signed_in("bob@example.com")
        for user in (ada, bob):
            for name in "abc":
                create(user, name=name)
        cursor = self.cursor(ada, limit=1).json["next_cursor"]
        refused = [
            self.cursor(bob, limit=1, cursor=cursor),
            self.cursor(ada, limit=1, cursor=cursor, q="a"),
            self.cursor(ada, limit=1, cursor=cursor, order_by="name"),
            self.cursor(ada, limit=1, cursor=cursor[:-1]),
            self.cursor(ada, limit=1, cursor=""),
            ada.call("GET", "/v1/credentials", query={"cursor": cursor}),
            ada.call("GET", "/v1/blocks", query={"cursor": cursor}),
        ]
        assert [(one.status, one.code) for one in refused] == [(400, "invalid_cursor")] * 7
