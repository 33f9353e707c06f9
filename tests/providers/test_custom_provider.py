"""The page on writing a provider, followed to the letter."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncgui.model.errors import SiteNotConnectedError
from syncgui.providers import lib
from syncgui.providers.abstract_provider import AbstractProvider
from tests.providers.contract import RecordedTransfer
from tests.providers.page import PAGE, load_page_provider, page_files, write_page_files


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    return folder


@pytest.fixture
def provider(tmp_path: Path, archive: Path) -> AbstractProvider:
    """As the application makes it: registered, settings validated, built by its code."""
    lib.register(load_page_provider(tmp_path))
    settings = lib.settings_models()["flat_archive"].model_validate({"folder": str(archive)})
    return lib.create("flat_archive", "vault", settings, {"": "/vault"}, file_mode=0o640)


def test_every_block_of_python_on_the_page_belongs_to_a_file() -> None:
    assert list(page_files()) == ["flat_archive.py", "measure.py"]
    assert PAGE.read_text("utf-8").count("```python") == sum(1 for _ in page_blocks())


def page_blocks() -> list[str]:
    text = PAGE.read_text("utf-8")
    return [block for block in text.split("```python\n")[1:] if block.startswith("# ")]


def test_a_file_goes_up_comes_down_and_is_deleted(provider: AbstractProvider, archive: Path) -> None:
    mtime = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
    content = os.urandom(1_500_000)
    stored = provider.upload(
        io.BytesIO(content), len(content), mtime, "/vault/shots/a.exr", RecordedTransfer()
    )
    assert stored.checksum is not None
    assert stored.checksum.startswith("sha256:")
    assert provider.stat("/vault/shots/a.exr") == stored
    target = io.BytesIO()
    assert provider.download("/vault/shots/a.exr", target, RecordedTransfer()) == stored
    assert target.getvalue() == content
    assert len(list(archive.iterdir())) == 2  # content and sidecar
    provider.delete("/vault/shots/a.exr")
    assert provider.stat("/vault/shots/a.exr") is None
    assert list(archive.iterdir()) == []


def test_a_replaced_file_leaves_no_old_content(provider: AbstractProvider, archive: Path) -> None:
    for content in (b"old", b"newer"):
        provider.upload(io.BytesIO(content), len(content), datetime.now(UTC), "/vault/a", RecordedTransfer())
    assert len(list(archive.iterdir())) == 2


def test_an_archive_that_is_not_mounted_is_not_made(provider: AbstractProvider, archive: Path) -> None:
    archive.rmdir()
    with pytest.raises(SiteNotConnectedError, match="is not there"):
        provider.upload(io.BytesIO(b"x"), 1, datetime.now(UTC), "/vault/a", RecordedTransfer())
    with pytest.raises(SiteNotConnectedError):
        provider.stat("/vault/a")
    report = provider.check()
    assert not report.good
    assert "is not there" in report.lines[0].sentence
    assert not archive.exists()


def test_it_has_its_icon_and_is_no_local_folder(provider: AbstractProvider, tmp_path: Path) -> None:
    assert lib.icon("flat_archive", "vault").is_relative_to(tmp_path)
    assert provider.local_folder("") is None


def test_the_measurement_of_the_page_runs(tmp_path: Path) -> None:
    write_page_files(tmp_path)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "measure.py"), "4"],
        env={**os.environ, "PYTHONPATH": str(PAGE.parents[1])},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=120,
    )
    lines = done.stdout.splitlines()
    assert [int(line.split()[0]) for line in lines] == [1, 2, 4, 8, 16]
    assert all(float(line.split()[-2]) > 0 for line in lines)
