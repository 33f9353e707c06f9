"""The provider of `docs/custom_provider.md`, built from the page exactly as it stands there.

Each fenced block of Python begins with a comment that names the file it belongs to; the blocks of one
file, in their order, are the file.
"""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

from syncgui.providers.abstract_provider import AbstractProvider

PAGE = Path(__file__).parents[2] / "docs" / "custom_provider.md"

_BLOCK = re.compile(r"^```python\n# (\w+\.py)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def page_files() -> dict[str, str]:
    """The files that the page writes, by name."""
    files: dict[str, str] = {}
    for name, block in _BLOCK.findall(PAGE.read_text("utf-8")):
        files[name] = f"{files[name]}\n{block}" if name in files else block
    return files


def write_page_files(folder: Path) -> None:
    """Write them, and an icon as the page wants it."""
    for name, content in page_files().items():
        (folder / name).write_text(content, "utf-8")
    (folder / "resources").mkdir()
    some_icon = (
        Path(sys.modules[AbstractProvider.__module__].__file__ or "").parent / "resources/fallback.png"
    )
    shutil.copy(some_icon, folder / "resources" / "flat_archive.png")


def load_page_provider(tmp_path: Path) -> type[AbstractProvider]:
    """The class `FlatArchiveProvider`, out of a module written into a new folder below `tmp_path`.

    It is not registered; `syncgui.providers.lib.register` does that.
    """
    folder = tmp_path / "flat_archive_package"
    folder.mkdir()
    write_page_files(folder)
    spec = importlib.util.spec_from_file_location("flat_archive", folder / "flat_archive.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["flat_archive"] = module
    spec.loader.exec_module(module)
    provider: type[AbstractProvider] = module.FlatArchiveProvider
    return provider
