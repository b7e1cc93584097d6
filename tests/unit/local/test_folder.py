"""A folder belongs to one process; its keys and blobs stay what they are."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from strata.clock import SystemClock
from strata.local.blobs import LocalBlobs
from strata.local.database import FolderRefused
from strata.local.folder import FolderLock
from strata.local.platform import open_platform
from strata.local.vault import LocalVault
from strata.model.errors import NotFound, Unavailable
from strata.ports import InvalidCiphertext, Letter
from tests.unit.local.conftest import FUNCTIONS

HOLD = """
import sys
from pathlib import Path
from strata.local.folder import FolderLock
lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_a_folder_in_use_is_refused_by_name_of_its_process(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(FolderRefused, match=f"is in use by process {holder.pid}; stop it"):
            open_platform(tmp_path)
        holder.kill()
    # The system lets go of what a killed process held.
    FolderLock(tmp_path).release()


def test_a_folder_is_free_after_the_close(tmp_path: Path) -> None:
    open_platform(tmp_path, functions=FUNCTIONS).close()
    open_platform(tmp_path, functions=FUNCTIONS).close()


def test_a_second_platform_in_the_same_process_is_refused_too(tmp_path: Path) -> None:
    with open_platform(tmp_path, functions=FUNCTIONS), pytest.raises(FolderRefused):
        open_platform(tmp_path)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderRefused, match="cannot be used"):
        open_platform(tmp_path / "file")


def test_a_platform_that_cannot_open_lets_go_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "strata.sqlite").write_bytes(b"broken" * 1000)
    with pytest.raises(FolderRefused):
        open_platform(tmp_path)
    FolderLock(tmp_path).release()


def test_keys_are_for_their_owner_alone(tmp_path: Path) -> None:
    LocalVault(tmp_path / "vault", SystemClock())
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "vault").iterdir()}
    assert modes == {"master.key": 0o600, "signing.key": 0o600}
    assert (tmp_path / "vault").stat().st_mode & 0o777 == 0o700


class TestModes:
    """In a folder that others may read."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        tmp_path.chmod(0o755)
        return tmp_path

    @staticmethod
    def modes(folder: Path) -> dict[str, int]:
        """Of its own files and of all blobs."""
        files = [*folder.iterdir(), *folder.rglob("blobs/*/*")]
        return {one.name: one.stat().st_mode & 0o777 for one in files if not one.is_dir()}

    def fill(self, folder: Path) -> dict[str, int]:
        """The modes while a platform runs that has written everywhere."""
        with open_platform(folder, functions=FUNCTIONS) as opened:
            opened.platform.notifier.send(Letter("ada@example.com", "Hello", "A token"))
            opened.platform.blobs.put("large", b"value")
            return self.modes(folder)

    def test_every_file_is_for_its_owner_alone(self, folder: Path) -> None:
        modes = self.fill(folder)
        assert set(modes.values()) == {0o600}
        assert modes.keys() >= {"strata.sqlite", "strata.sqlite-wal", "strata.log", "outbox"}

    def test_one_of_an_earlier_release_is_closed(self, folder: Path) -> None:
        self.fill(folder)
        (folder / "strata.log.1").touch()
        for one in folder.iterdir():
            if not one.is_dir():
                one.chmod(0o644)
        (folder / "strata.sqlite-wal").touch(0o644)
        assert set(self.fill(folder).values()) == {0o600}


def test_keys_stay_the_same(tmp_path: Path) -> None:
    first, second = LocalVault(tmp_path, SystemClock()), LocalVault(tmp_path, SystemClock())
    key = first.new_data_key({"owner": "a"})
    assert second.open_data_key(key.wrapped, {"owner": "a"}) == key.plaintext
    assert first.public_key("signing") == second.public_key("signing")


def test_a_lost_master_key_is_not_replaced(tmp_path: Path) -> None:
    LocalVault(tmp_path, SystemClock())
    (tmp_path / "master.key").unlink()
    with pytest.raises(Unavailable, match="is lost"):
        LocalVault(tmp_path, SystemClock())
    assert not (tmp_path / "master.key").exists()


def test_a_master_key_of_another_vault_opens_nothing(tmp_path: Path) -> None:
    LocalVault(tmp_path / "a", SystemClock())
    LocalVault(tmp_path / "b", SystemClock())
    os.replace(tmp_path / "b" / "master.key", tmp_path / "a" / "master.key")
    with pytest.raises(Unavailable, match="was not sealed with the master key"):
        LocalVault(tmp_path / "a", SystemClock())


def test_a_master_key_cut_short_is_told(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"short")
    with pytest.raises(Unavailable, match="32 bytes"):
        LocalVault(tmp_path, SystemClock())


class TestFurtherKeys:
    """Master keys and signing keys that came after the first."""

    def test_two_processes_share_them_as_they_come(self, tmp_path: Path) -> None:
        one, other = (LocalVault(tmp_path, SystemClock()) for _ in range(2))
        one.rotate()
        old, new = one.new_data_key({"a": "b"}), other.new_data_key({"a": "b"})
        assert old.wrapped[:3] == new.wrapped[:3] == b"\2\0\2"
        assert other.open_data_key(old.wrapped, {"a": "b"}) == old.plaintext
        name = other.new_signing_key()
        assert one.public_key(name) == other.public_key(name)
        one.retire_signing_key(name)
        with pytest.raises(Unavailable, match="retired"):
            other.sign(name, b"message")

    def test_one_that_comes_while_another_process_opens_what_it_sealed(
        self, tmp_path: Path
    ) -> None:
        one, other = (LocalVault(tmp_path, SystemClock()) for _ in range(2))
        one.rotate()
        wrapped = one.new_data_key({"a": "b"})
        assert other.open_data_key(wrapped.wrapped, {"a": "b"}) == wrapped.plaintext

    def test_they_stay_from_start_to_start(self, tmp_path: Path) -> None:
        first = LocalVault(tmp_path, SystemClock())
        first.rotate()
        first.rotate()
        key, name = first.new_data_key({"a": "b"}), first.new_signing_key()
        second = LocalVault(tmp_path, SystemClock())
        assert second.open_data_key(key.wrapped, {"a": "b"}) == key.plaintext
        assert second.public_key(name) == first.public_key(name)

    def test_they_are_for_their_owner_alone(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path, SystemClock())
        vault.new_signing_key()
        vault.rotate()
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
        assert len(list(tmp_path.iterdir())) == 4

    @pytest.mark.parametrize("number", [1, 2, 3])
    def test_one_that_is_lost_is_told(self, tmp_path: Path, number: int) -> None:
        vault = LocalVault(tmp_path, SystemClock())
        vault.rotate()
        vault.rotate()
        name = "master.key" if number == 1 else f"master-{number}.key"
        (tmp_path / name).unlink()
        with pytest.raises(Unavailable, match="lost"):
            LocalVault(tmp_path, SystemClock())
        assert not (tmp_path / name).exists()

    def test_one_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        LocalVault(tmp_path, SystemClock())
        (tmp_path / "master.key").unlink()
        (tmp_path / "master.key").mkdir()
        with pytest.raises(Unavailable, match="cannot be read"):
            LocalVault(tmp_path, SystemClock())

    def test_what_an_older_release_sealed_still_opens(self, tmp_path: Path) -> None:
        vault = LocalVault(tmp_path, SystemClock())
        assert vault.new_data_key({"a": "b"}).wrapped[:1] == b"\1"

    @pytest.mark.parametrize("head", [b"\0", b"\3", b"\2", b"\2\0\0", b"\2\0\1", b"\2\0\3"])
    def test_a_form_that_none_has_opens_nothing(self, tmp_path: Path, head: bytes) -> None:
        vault = LocalVault(tmp_path, SystemClock())
        vault.rotate()
        wrapped = vault.new_data_key({"a": "b"}).wrapped
        with pytest.raises(InvalidCiphertext):
            vault.open_data_key(head + wrapped[3:], {"a": "b"})


def test_the_signing_key_lies_sealed(tmp_path: Path) -> None:
    LocalVault(tmp_path, SystemClock())
    sealed = (tmp_path / "signing.key").read_bytes()
    # What an unsealed key of this kind holds: the name of its curve.
    assert bytes.fromhex("2a8648ce3d030107") not in sealed


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", ".", "", "x" * 5000])
def test_no_name_of_a_blob_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    blobs = LocalBlobs(tmp_path / "blobs", SystemClock())
    blobs.put(name, b"data")
    assert blobs.get(name) == b"data"
    assert [path.name for path in tmp_path.iterdir()] == ["blobs"]
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.read_bytes() == b"data"


def test_a_blob_is_written_once(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, SystemClock())
    blobs.put("a", b"first")
    blobs.put("a", b"second")
    assert blobs.get("a") == b"first"


def test_names_that_differ_in_case_alone_are_two_blobs(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path, SystemClock())
    blobs.put("a", b"small")
    blobs.put("A", b"large")
    assert (blobs.get("a"), blobs.get("A")) == (b"small", b"large")


def test_a_folder_that_takes_no_file_makes_blobs_unavailable(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path / "blobs", SystemClock())
    (tmp_path / "blobs").rmdir()
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(Unavailable):
        blobs.put("a", b"data")
    with pytest.raises(Unavailable):
        blobs.get("a")


def test_an_absent_blob_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        LocalBlobs(tmp_path, SystemClock()).get("absent")


def test_a_platform_whose_master_key_is_lost_is_refused(tmp_path: Path) -> None:
    open_platform(tmp_path, functions=FUNCTIONS).close()
    (tmp_path / "vault" / "master.key").unlink()
    with pytest.raises(FolderRefused, match="is lost"):
        open_platform(tmp_path)


def test_a_key_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    LocalVault(tmp_path, SystemClock())
    (tmp_path / "master.key").unlink()
    (tmp_path / "master.key").mkdir()
    with pytest.raises(Unavailable, match="cannot be read"):
        LocalVault(tmp_path, SystemClock())


def test_a_platform_opens_where_the_disk_knows_no_pipes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unsupported(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("os.mkfifo", unsupported)
    open_platform(tmp_path, functions=FUNCTIONS).close()


def test_a_file_in_the_place_of_the_bell_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "bell").write_text("left by something else")
    open_platform(tmp_path, functions=FUNCTIONS).close()
    assert (tmp_path / "bell").is_fifo()


def test_a_blob_of_an_earlier_release_is_found_and_deleted_with_its_folder(tmp_path: Path) -> None:
    digest = sha256(b"values/usr_1/a").hexdigest()
    (tmp_path / digest[:2]).mkdir()
    (tmp_path / digest[:2] / digest[2:]).write_bytes(b"content")
    blobs = LocalBlobs(tmp_path, SystemClock())
    assert blobs.get("values/usr_1/a") == b"content"
    assert blobs.delete_under("values/usr_1", 10)
    assert not blobs.keep("values/usr_1/a")
