from __future__ import annotations

import errno
import os

import pytest

from syncgui.providers.os_errors import RootNotWritableError, root_error, source_error, target_error


def system_error(number: int, name: str | None = None) -> OSError:
    return OSError(number, os.strerror(number), name)


@pytest.mark.parametrize(
    ("number", "source", "target"),
    [
        (errno.ENOSPC, "disk_full", "disk_full"),
        (errno.EDQUOT, "disk_full", "disk_full"),
        (errno.EFBIG, "unforeseen", "target_not_writable"),
        (errno.EROFS, "read_only", "read_only"),
        (errno.EIO, "source_unreadable", "site_trouble"),
        (errno.ESTALE, "site_trouble", "site_trouble"),
        (errno.ENODEV, "site_trouble", "site_trouble"),
        (errno.ENXIO, "site_trouble", "site_trouble"),
        (errno.ETIMEDOUT, "site_trouble", "site_trouble"),
        (errno.EHOSTDOWN, "site_trouble", "site_trouble"),
        (errno.ENOTCONN, "site_trouble", "site_trouble"),
        (errno.EMFILE, "site_trouble", "site_trouble"),
        (errno.ELOOP, "path_refused", "path_refused"),
        (errno.ENAMETOOLONG, "name_refused", "name_refused"),
        (errno.EACCES, "source_unreadable", "target_not_writable"),
        (errno.EPERM, "source_unreadable", "target_not_writable"),
        (errno.ENOENT, "source_missing", "unforeseen"),
        (errno.ENOTDIR, "source_missing", "name_in_the_way"),
        (errno.EISDIR, "source_not_a_file", "name_in_the_way"),
        (errno.EEXIST, "unforeseen", "name_in_the_way"),
        (errno.ENOTEMPTY, "unforeseen", "name_in_the_way"),
        (errno.EBUSY, "source_unstable", "unforeseen"),
        (errno.EINVAL, "unforeseen", "unforeseen"),
    ],
)
def test_an_error_means_what_the_table_says(number: int, source: str, target: str) -> None:
    assert source_error(system_error(number), site="s", path="p").code == source
    assert target_error(system_error(number), site="s", path="p").code == target


@pytest.mark.parametrize(
    ("winerror", "source", "target"),
    [
        (32, "in_use", "in_use"),
        (33, "in_use", "in_use"),
        (5, "source_unreadable", "target_not_writable"),
    ],
)
def test_windows_says_of_a_file_that_is_open_elsewhere_that_access_is_denied(
    winerror: int, source: str, target: str
) -> None:
    error = system_error(errno.EACCES)
    error.winerror = winerror  # type: ignore[attr-defined]
    found = [source_error(error, site="s", path="p"), target_error(error, site="s", path="p")]
    assert [one.code for one in found] == [source, target]
    assert [one.costs_try for one in found] == [winerror == 5] * 2
    assert root_error(error, site="s", root="/r").code == "not_connected"


def test_texts_are_the_systems_words_and_name_what_is_in_the_way() -> None:
    full = target_error(system_error(errno.ENOSPC), site="studio", path="a")
    assert full.sentence == "There is no room left on studio: No space left on device"
    link = source_error(system_error(errno.ELOOP, "sub"), site="studio", path="sub/a")
    assert link.sentence == "The path sub/a is refused: sub is a link"
    folder = target_error(system_error(errno.EISDIR, ".partial"), site="studio", path="a")
    assert folder.sentence == "On studio something is in the way of a: a folder of that name is there"
    odd = target_error(OSError("no number"), site="studio", path="a")
    assert odd.detail == "OSError"


def test_a_root_that_refuses_new_names_makes_the_site_read_only() -> None:
    refused = RootNotWritableError(errno.EACCES, os.strerror(errno.EACCES))
    assert target_error(refused, site="studio", path="a").code == "read_only"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOENT, "not_connected"),
        (errno.ENOTDIR, "not_connected"),
        (errno.EACCES, "not_connected"),
        (errno.ESTALE, "site_trouble"),
        (errno.EIO, "site_trouble"),
    ],
)
def test_a_root_that_can_not_be_opened_is_never_a_files_fault(number: int, code: str) -> None:
    error = root_error(system_error(number), site="studio", root="/mnt/studio")
    assert error.code == code
    assert not error.costs_try
    assert error.detail == f"/mnt/studio: {os.strerror(number)}"
