"""A window on a small studio, with the real session behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pytestqt.qtbot import QtBot

from syncgui.index import Row
from syncgui.views.main_window import MainWindow
from syncgui.views.session import Session
from syncgui.views.window_memory import WindowMemory
from tests.engine.studio import Studio

PATIENCE_MS = 30_000


@contextmanager
def window_on(
    studio: Studio, qtbot: QtBot, *, start_command: Sequence[str] | None = None
) -> Iterator[MainWindow]:
    """The window, shown, with its session started; ended at the end."""
    session = Session(studio.application())
    window = MainWindow(session, WindowMemory(studio.folder / "window.ini"), start_command=start_command)
    qtbot.addWidget(window)
    window.show()
    session.start()
    try:
        yield window
    finally:
        window.close()
        assert session.stop()


def rows_of(window: MainWindow) -> list[Row | None]:
    """The rows that the table has now, in their order; None where one is still being read."""
    return [window.model.row_at(place) for place in range(window.model.rowCount())]


def row_of(window: MainWindow, representation: str) -> Row | None:
    """The row of a representation, if it is shown and read."""
    return next((row for row in rows_of(window) if row and row.representation == representation), None)


def select(window: MainWindow, representation: str) -> None:
    """Select the row of a representation."""
    row = row_of(window, representation)
    assert row is not None
    assert window.table.select_row_id(row.row_id)


def hides(folder: Path) -> Path:
    """Rename a folder away, as a share that is gone; where it is now."""
    return folder.rename(folder.with_name(folder.name + ".away"))
