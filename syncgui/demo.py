"""What the demo studio contains: the plan of its files, its set-up, and their publishing.

The content is the same for the same wishes, different for each file, and exactly as many files as were
wished for. What was wished for first is kept beside it: a later run goes on with that, and publishes
nothing again. Nothing outside the demo's own folder is read or written.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import platformdirs

from syncgui.publishing import Product, Publisher
from syncgui.settings import write_settings

PROJECT = "demo"
ACTIVE_SITE = "studio"
REMOTE_SITE = "backup"
CACHE_BYTES = 200 * 2**20
LOOP_DELAY_S = 5
DEMO_FILES = 300
DEMO_FILE_BYTES = 20 * 1024

_ROOT = "work"
_CACHE_FROM_FILES = 50
_FRAMES = 100
_TEXTURES = 12
_PARTS_OF_ONE = 8
_EXR_MAGIC = b"\x76\x2f\x31\x01"
_BLOCK_BYTES = 2**20
_KEPT = "demo.json"
_HERO, _PROP, _SHOT = "Zoë", "Brücke", "sh010"
_PLACES = {_HERO: "assets/characters", _PROP: "assets/props", _SHOT: "shots/sq01"}


class DemoFolderError(Exception):
    """The folder can not hold a demo; `str()` of it is a sentence."""


@dataclass(frozen=True, slots=True)
class DemoWish:
    """What was wished for: how many files, of how many bytes, and whether one fails at first."""

    files: int
    size_bytes: int
    fails: bool


@dataclass(frozen=True, slots=True)
class DemoFile:
    """One file: its path below a site's root, its first bytes, its size."""

    path: str
    size_bytes: int
    head: bytes = b""


@dataclass(frozen=True, slots=True)
class DemoPublish:
    """One representation to be published."""

    product: Product
    files: tuple[DemoFile, ...]


@dataclass(frozen=True, slots=True)
class DemoFolder:
    """The demo's own folder and what lies where in it."""

    path: Path

    @property
    def home(self) -> Path:
        """This user's state."""
        return self.path / "home"

    @property
    def settings(self) -> Path:
        """The settings folder."""
        return self.path / "settings"

    @property
    def database(self) -> str:
        """The address of the database."""
        return f"sqlite:///{(self.path / 'syncgui.sqlite').as_posix()}"

    def site(self, name: str) -> Path:
        """The root folder of a site."""
        return self.path / "sites" / name

    def in_the_way(self, wish: DemoWish) -> Path | None:
        """The folder that makes one file fail, while it is there."""
        if not wish.fails:
            return None
        folder = self.site(REMOTE_SITE) / failing_file(plan(wish)).path
        return folder if folder.is_dir() else None


def new_demo_folder() -> Path:
    """A folder below the user's data that is not there yet."""
    above = platformdirs.user_data_path("syncgui", appauthor=False)
    number = 1
    while (found := above / ("demo" if number == 1 else f"demo-{number}")).exists():
        number += 1
    return found


# -- the plan ----------------------------------------------------------------------------------------


def plan(wish: DemoWish) -> list[DemoPublish]:
    """What is published, in its order; together exactly `wish.files` different files."""
    left = wish.files
    has_cache = left >= _CACHE_FROM_FILES
    frames = min(_FRAMES, left // 3)
    textures = min(_TEXTURES, left // 6)
    found: list[DemoPublish] = []
    size = wish.size_bytes
    if textures:
        found += _look(textures, size)
    if frames:
        found.append(_render(frames, size))
    if left > 1:
        found.append(_publish(_SHOT, "dataMarker", (DemoFile("notes/leer.marker", 0),)))
    if has_cache:
        found.append(_publish(_SHOT, "pointcacheWater", (DemoFile("water_cache.abc", CACHE_BYTES),)))
    left -= len({one.path for publish in found for one in publish.files})
    found += _parts(left, size)
    return found


def failing_file(publishes: Sequence[DemoPublish]) -> DemoFile:
    """The file that fails at first: the last one, which no other representation lists."""
    return publishes[-1].files[-1]


def _look(textures: int, size: int) -> Iterator[DemoPublish]:
    """Two representations of one publish; both list the textures, as look publishes do."""
    shared = [DemoFile(f"textures/Zoë Haut {number:02}.tx", size) for number in range(1, textures + 1)]
    for extension in ("ma", "json"):
        yield _publish(_HERO, "lookMain", (DemoFile(f"look.{extension}", size), *shared), extension)


def _render(frames: int, size: int) -> DemoPublish:
    files = (
        DemoFile(f"sh010_renderMain_v001.{number}.exr", max(size, len(_EXR_MAGIC)), _EXR_MAGIC)
        for number in range(1001, 1001 + frames)
    )
    return _publish(_SHOT, "renderMain", tuple(files))


def _parts(count: int, size: int) -> Iterator[DemoPublish]:
    """Small files in small publishes, of the three assets in turn."""
    assets = list(_PLACES)
    for first in range(0, count, _PARTS_OF_ONE):
        number = first // _PARTS_OF_ONE
        numbers = range(first + 1, min(first + _PARTS_OF_ONE, count) + 1)
        files = tuple(DemoFile(f"Teil für Größe {one:04}.geo", size) for one in numbers)
        yield _publish(assets[number % len(assets)], f"modelPart{number + 1:03}", files)


def _publish(
    asset: str, subset: str, files: Sequence[DemoFile], representation: str | None = None
) -> DemoPublish:
    hierarchy = _PLACES[asset]
    folder = f"{PROJECT}/{hierarchy}/{asset}/publish/{subset}/v001"
    placed = tuple(DemoFile(f"{folder}/{one.path}", one.size_bytes, one.head) for one in files)
    name = representation or files[0].path.rpartition(".")[2]
    return DemoPublish(Product(asset, subset, 1, name, hierarchy), placed)


# -- making it ---------------------------------------------------------------------------------------


def set_up(folder: DemoFolder, wish: DemoWish) -> DemoWish:
    """Make the demo's folders and settings, unless they are there; the wish that holds for it.

    Raises:
        DemoFolderError: something else lies there, or it can not be written.
        SettingsError: the settings can not be written.
    """
    kept = folder.path / _KEPT
    try:
        is_new = not kept.exists()
        if not is_new:
            wish = DemoWish(**json.loads(kept.read_text(encoding="utf-8")))
        elif folder.path.exists() and any(folder.path.iterdir()):
            raise DemoFolderError(f"{folder.path} is not empty, and no demo was made there")
        folder.path.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(asdict(wish)) + "\n", encoding="utf-8")
        for site in (ACTIVE_SITE, REMOTE_SITE):
            folder.site(site).mkdir(parents=True, exist_ok=True)
        if is_new and wish.fails:
            (folder.site(REMOTE_SITE) / failing_file(plan(wish)).path).mkdir(parents=True)
    except OSError as error:
        raise DemoFolderError(f"{folder.path} can not be used: {error.strerror}") from error
    except (ValueError, TypeError) as error:
        raise DemoFolderError(f"{kept} is not as a demo writes it") from error
    if not folder.settings.exists():
        write_settings(
            folder.settings,
            sites={
                site: {"provider": "local_drive", "root": {_ROOT: str(folder.site(site))}}
                for site in (ACTIVE_SITE, REMOTE_SITE)
            },
            publish_site=ACTIVE_SITE,
            remote_site=REMOTE_SITE,
            loop_delay_s=LOOP_DELAY_S,
            project_defaults={"local_id": "demo"},
        )
    return wish


def publish(folder: DemoFolder, wish: DemoWish, publisher: Publisher) -> int:
    """Write and publish what is not published yet; how many representations that were.

    Raises:
        DemoFolderError: a file can not be written.
        PublishRefusedError: a file was taken away while it was published.
    """
    published = 0
    root = folder.site(ACTIVE_SITE)
    for one in plan(wish):
        if publisher.has(one.product):
            continue
        try:
            for file in one.files:
                _write(root / file.path, file)
        except OSError as error:
            raise DemoFolderError(f"{root} can not be written: {error.strerror}") from error
        publisher.publish([root / file.path for file in one.files], one.product)
        published += 1
    return published


def _write(path: Path, file: DemoFile) -> None:
    """Write a file's content, which its path decides; one that is there whole is left as it is."""
    if path.exists() and path.stat().st_size == file.size_bytes:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(file.path)
    left = file.size_bytes - len(file.head)
    with path.open("wb") as stream:
        stream.write(file.head)
        while left > 0:
            left -= stream.write(chance.randbytes(min(left, _BLOCK_BYTES)))
