"""What a person chose at the first start: the settings folder and the database, over restarts.

They stand in `start.json` of the user's config folder, which only the user may read, for an address may
hold a password. Options and environment go before them. A file that can not be used is told and is never
overwritten; keys that are not known are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from syncgui.model.errors import DatabaseUnsupportedError
from syncgui.settings.files import read_json
from syncgui.settings.json_change import change_json
from syncgui.settings.node import Node, doubled_problems, locate
from syncgui.settings.problems import Problem, SettingsError, printable
from syncgui.settings.values import clean_text
from syncgui.store.schemes import SQLITE, is_server

START_FILE = "start.json"

_SETTINGS = "settings"
_DATABASE = "database"
_FOLDER = "the absolute path of a folder, in quotes"
_ADDRESS = "the address of a database, in quotes, such as mongodb://HOST or sqlite:////absolute/file"


@dataclass(frozen=True, slots=True)
class StartChoices:
    """What the file says; None where nothing was chosen, or where `problems` tell why not."""

    settings: Path | None = None
    database: str | None = None
    settings_problem: Problem | None = None
    database_problem: Problem | None = None

    @classmethod
    def load(cls, config_dir: Path) -> StartChoices:
        """Read the file of a config folder; one that is not there holds no choices."""
        file = read_json(config_dir / START_FILE)
        if file.missing:
            return cls()
        if file.content is None:
            return cls(settings_problem=file.problem, database_problem=file.problem)
        content = locate(file.content, printable(str(file.path)), "").children or {}
        folder, settings_problem = _text(content.get(_SETTINGS), _folder, _FOLDER)
        address, database_problem = _text(content.get(_DATABASE), _address, _ADDRESS)
        return cls(Path(folder) if folder else None, address, settings_problem, database_problem)


def keep_start_choices(
    config_dir: Path, *, settings: Path | None = None, database: str | None = None
) -> None:
    """Keep choices for the next starts, beside whatever else stands in the file.

    Args:
        config_dir: the user's config folder; made when it is not there.
        settings: the settings folder; None leaves what is there.
        database: the database's address, "" forgets it; None leaves what is there. A relative SQLite
            file is kept as the absolute one that it is now.

    Raises:
        SettingsError: the file can not be read or written, or a value is not allowed.
    """
    folder = None if settings is None else str(settings.expanduser().absolute())
    try:
        if folder is not None:
            _folder(folder)
        if database:
            database = _lasting(_address(database))
            _refuse_unusable(database)
    except ValueError as error:
        raise SettingsError(f"Nothing was changed: allowed is {error}.") from error
    except DatabaseUnsupportedError as error:
        raise SettingsError(f"Nothing was changed: {error.sentence}.") from error

    def change(content: dict[str, object]) -> None:
        if folder is not None:
            content[_SETTINGS] = folder
        if database:
            content[_DATABASE] = database
        elif database is not None:
            content.pop(_DATABASE, None)

    change_json(config_dir / START_FILE, change)


def _text(
    node: Node | None, read: Callable[[object], str], allowed: str
) -> tuple[str | None, Problem | None]:
    if node is None:
        return None, None
    twice = next(doubled_problems(node), None)
    if twice is not None:
        return None, twice
    try:
        return read(node.plain()), None
    except ValueError:
        return None, node.problem(allowed)


def _folder(value: object) -> str:
    text = clean_text(value, _FOLDER)
    if not Path(text).is_absolute():
        raise ValueError(_FOLDER)
    return text


def _address(value: object) -> str:
    text = clean_text(value, _ADDRESS).strip()
    if "://" not in text:
        raise ValueError(_ADDRESS)
    return text


def _refuse_unusable(address: str) -> None:
    if is_server(address):
        from syncgui.store.mongo_address import MongoAddress  # noqa: PLC0415 - the driver is not small

        MongoAddress.parse(address)


def _lasting(address: str) -> str:
    """The same database, wherever the program is started."""
    if not address.lower().startswith(SQLITE):
        return address
    return SQLITE + Path(address[len(SQLITE) :]).absolute().as_posix()
