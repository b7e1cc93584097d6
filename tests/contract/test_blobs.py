"""Bytes under a name, written once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from strata.model.errors import NotFound
from strata.ports import Blobs

NAMES = ("values/usr_1/abc", "a", "A", "../../a", "a b+c%20d?e#f&g", "東京/\U0001f327", "x" * 500)


@pytest.mark.parametrize("data", [b"", b"\x00\xff\r\n", "東京".encode()], ids=repr)
def test_bytes_come_back_as_they_were_put(blobs: Blobs, data: bytes) -> None:
    blobs.put("a", data)
    assert blobs.get("a") == data


def test_names_do_not_get_in_each_others_way(blobs: Blobs) -> None:
    for name in NAMES:
        blobs.put(name, name.encode())
    assert [blobs.get(name).decode() for name in NAMES] == list(NAMES)


def test_twenty_megabytes_come_back(blobs: Blobs) -> None:
    data = hashlib.shake_128(b"blob").digest(20_000_000)
    blobs.put("large", data)
    assert blobs.get("large") == data


@pytest.mark.parametrize("name", ["absent", "../absent", "東京"])
def test_a_name_that_was_never_written_is_not_found(blobs: Blobs, name: str) -> None:
    with pytest.raises(NotFound):
        blobs.get(name)


def test_a_name_keeps_what_was_written_first(blobs: Blobs) -> None:
    blobs.put("a", b"first")
    blobs.put("a", b"second")
    assert blobs.get("a") == b"first"


def test_only_what_is_there_can_be_kept(blobs: Blobs) -> None:
    blobs.put("a", b"content")
    assert blobs.keep("a")
    assert blobs.get("a") == b"content"
    assert not blobs.keep("absent")


def test_at_once_one_whole_content_is_kept(blobs: Blobs) -> None:
    contents = [bytes([number]) * 100_000 for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda data: blobs.put("a", data), contents))
    assert blobs.get("a") in contents


def test_what_lies_under_a_folder_is_deleted_and_nothing_else(blobs: Blobs) -> None:
    theirs = ("values/usr_1", "values/usr_12/a", "values/usr_2/a", "graphs/usr_1/a")
    for name in ("values/usr_1/a", "values/usr_1/b", *theirs):
        blobs.put(name, name.encode())
    assert blobs.delete_under("values/usr_1", 1000)
    for name in ("values/usr_1/a", "values/usr_1/b"):
        with pytest.raises(NotFound):
            blobs.get(name)
    assert [blobs.get(name).decode() for name in theirs] == list(theirs)


def test_a_folder_is_deleted_in_steps(blobs: Blobs) -> None:
    for name in "abcde":
        blobs.put(f"values/usr_1/{name}", b"content")
    assert [blobs.delete_under("values/usr_1", 2) for _ in range(3)] == [False, False, True]
    assert not any(blobs.keep(f"values/usr_1/{name}") for name in "abcde")


def test_a_folder_that_nothing_lies_under_is_deleted_already(blobs: Blobs) -> None:
    assert blobs.delete_under("values/usr_1", 1000)


def test_what_was_deleted_with_its_folder_can_be_put_again(blobs: Blobs) -> None:
    for _ in range(2):
        blobs.put("values/usr_1/a", b"content")
        assert blobs.delete_under("values/usr_1", 1)
    blobs.put("values/usr_1/a", b"content")
    assert blobs.get("values/usr_1/a") == b"content"


def test_a_link_is_an_address_or_a_path_of_the_server(blobs: Blobs, platform_name: str) -> None:
    blobs.put("a", b"content")
    start = "/blobs/" if platform_name == "local" else "https://"
    assert blobs.link("a", 60).startswith(start)
