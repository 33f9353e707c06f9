"""From an address to a store, or to a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncgui.model.errors import DatabaseUnreachableError, DatabaseUnsupportedError
from syncgui.store.opening import kind_of_mount, network_kind, open_store

MOUNTS = r"""
22 1 253:1 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:40 / /mnt/projects rw,relatime shared:9 master:2 - nfs4 filer:/projects rw,vers=4.2
31 30 253:2 / /mnt/projects/fast rw - xfs /dev/vdb rw
32 22 0:41 / /mnt/with\040space rw - cifs //filer/share rw
33 22 0:42 / /mnt/twice rw - ext4 /dev/vdc rw
34 33 0:43 / /mnt/twice rw - fuse.sshfs me@host:/ rw
garbage
"""


def test_an_absolute_address_is_a_file(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/a b%20.sqlite", create=True)
    assert (tmp_path / "a b%20.sqlite").is_file()
    store.close()


def test_a_relative_address_is_below_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("sqlite:///sub/a.sqlite", create=True)
    assert (tmp_path / "sub" / "a.sqlite").is_file()
    store.close()


def test_a_missing_file_is_not_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnreachableError, match="there is no such file"):
        open_store(f"sqlite:///{tmp_path}/a.sqlite")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("scheme", ["mongodb", "mongodb+srv", "MongoDB"])
def test_a_servers_address_opens_without_asking_it_and_shows_no_login(scheme: str, tmp_path: Path) -> None:
    store = open_store(f"{scheme}://anna:secret@server.invalid/show", worker_lock_dir=tmp_path)
    assert store.address == f"{scheme.lower()}://server.invalid/show"
    assert store.identity == "mongodb:server.invalid:27017/show"
    assert "secret" not in repr(store)
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_the_name_of_the_database_comes_before_the_one_in_the_address(mongo_address: str) -> None:
    named = mongo_address.partition("?")[0].rpartition("/")[2]
    store = open_store(mongo_address, database_name="other_show")
    assert store.address.endswith("/other_show")
    store.close()
    store = open_store(mongo_address)
    assert store.address.endswith(f"/{named}")
    store.close()


def test_two_databases_of_one_server_are_two_places(mongo_address: str) -> None:
    one, other = open_store(mongo_address), open_store(mongo_address, database_name="other_show")
    assert one.identity != other.identity
    one.close()
    other.close()


def test_a_servers_address_that_can_not_be_used_is_refused_without_its_password() -> None:
    with pytest.raises(DatabaseUnsupportedError, match="can not be used") as caught:
        open_store("mongodb://anna:secret@server:none/show")
    assert "secret" not in str(caught.value) + caught.value.next_step


@pytest.mark.parametrize(
    "address",
    [
        "",
        "sqlite://",
        "sqlite:///",
        "sqlite://file",
        "file.sqlite",
        "postgres://a:secret@b/c",
        "sqlite:////a\0b",
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(address: str) -> None:
    with pytest.raises(DatabaseUnsupportedError, match="sqlite:////absolute/file") as caught:
        open_store(address, create=True)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/home/a.sqlite", "ext4"),
        ("/mnt/projects/a.sqlite", "nfs4"),
        ("/mnt/projects2/a.sqlite", "ext4"),
        ("/mnt/projects/fast/a.sqlite", "xfs"),
        ("/mnt/with space/deep/a.sqlite", "cifs"),
        ("/mnt/twice/a.sqlite", "fuse.sshfs"),
    ],
)
def test_the_nearest_and_latest_mount_tells_the_kind(path: str, kind: str) -> None:
    assert kind_of_mount(Path(path), MOUNTS) == kind


def test_an_unknown_place_counts_as_local() -> None:
    assert kind_of_mount(Path("/a"), "") == ""


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "smb2", "fuse.sshfs", "9p", "afs"])
def test_a_database_on_a_network_drive_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:1 / / rw - {kind} server:/ rw\n")
    with pytest.raises(DatabaseUnsupportedError, match=f"{kind}.*MongoDB"):
        open_store(f"sqlite:///{tmp_path}/a.sqlite", create=True, mounts=mounts)
    assert list(tmp_path.iterdir()) == [mounts]


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "fuseblk", "apfs"])
def test_a_disk_of_this_machine_is_none(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"22 1 0:1 / / rw - {kind} /dev/vda rw\n")
    assert network_kind(tmp_path / "a.sqlite", mounts) is None


def test_without_mounts_to_read_a_file_counts_as_local(
    tmp_path: Path,
) -> None:
    assert network_kind(tmp_path / "a.sqlite", tmp_path / "none") is None
