"""Shows notifications: at the tray's icon where there is one, else in the window.

What is due is decided in `digest`; here are the timers, the look whether something that was asked for is
complete, and what a click on a notification opens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from syncgui.engine.events import Done, Failed
from syncgui.index import Index, Row
from syncgui.views.digest import FailureDigest, Note, Outages, arrival_note, quitting_note
from syncgui.views.standing import Standing
from syncgui.views.task_thread import Ask
from syncgui.views.texts import tr
from syncgui.views.tray import Tray

_GATHER_MS = 1000  # failures and arrivals come in swarms
_MOST_ASKED = 1000


class Notifier(QObject):
    """See the module.

    Args:
        clock: seconds; only differences count.
    """

    rows_requested = Signal(str, object)
    shown_in_window = Signal(str)

    def __init__(self, tray: Tray, clock: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tray = tray
        self._clock = clock
        self._standing = Standing()
        self._failures = FailureDigest()
        self._outages = Outages()
        self._asked: dict[str, set[str]] = {}
        self._here: dict[str, dict[str, int]] = {}
        self._ask: Ask | None = None
        self._index: Callable[[], Index] | None = None
        self._clicked = Note("", "")
        self._gathering = QTimer(self)
        self._gathering.setSingleShot(True)
        self._gathering.timeout.connect(self._tell)
        tray.message_clicked.connect(self._open_rows)

    def read_with(self, ask: Ask, index: Callable[[], Index]) -> None:
        """How to look whether what was asked for is here."""
        self._ask, self._index = ask, index

    def set_standing(self, standing: Standing) -> None:
        """Tell of failures and outages that are new."""
        self._standing = standing
        self._failures.see(standing)
        self._say_all(self._outages.new(standing.health, self._clock()))
        self._wait_for_next()

    def failed(self, failures: Sequence[Failed]) -> None:
        """Note why files fail; that they did is told once the totals say that it is for good."""
        self._failures.add(failures)

    def asked(self, project: str, ids: Collection[str]) -> None:
        """Representations that a person wants here; it is told when they are."""
        wanted = self._asked.setdefault(project, set())
        if len(wanted) + len(ids) <= _MOST_ASKED:
            wanted.update(ids)
            self.rows_changed(project, frozenset(ids))

    def rows_changed(self, project: str, ids: frozenset[str]) -> None:
        """Look whether those of these that were asked for are here."""
        look = frozenset(self._asked.get(project, ())) & ids
        index = self._index
        if look and index is not None and self._ask is not None:
            self._ask(lambda: _rows(index(), project, look), self._rows_came)

    def arrived(self, files: Sequence[Done]) -> None:
        """Files came; their rows change a moment later, which `rows_changed` tells too."""
        for project in {one.project for one in files} & self._asked.keys():
            ids = frozenset(name for one in files if one.project == project for name in one.representations)
            self.rows_changed(project, ids)

    def quitting(self, standing: Standing) -> None:
        """Say what is left, if something is."""
        note = quitting_note(standing)
        if note is not None:
            self._say(note)

    def say(self, title: str, text: str) -> None:
        """Show something else."""
        self._say(Note(title, text))

    # -- private ---------------------------------------------------------------------------------------

    def _rows_came(self, rows: Sequence[Row]) -> None:
        for row in rows:
            project = self._standing.projects.get(row.project)
            if project is None or row.representation not in self._asked.get(row.project, ()):
                continue
            here = row.sites.get(project.shown.active)
            if here is not None and row.files and here.files >= row.files:
                self._asked[row.project].discard(row.representation)
                self._here.setdefault(row.project, {})[_name(row)] = row.files
        self._wait_for_next()

    def _tell(self) -> None:
        now = self._clock()
        for project, names in self._here.items():
            self._say(arrival_note(names, project))
        self._here.clear()
        note = self._failures.take(now)
        if note is not None:
            self._say(note)
        self._say_all(self._outages.new(self._standing.health, now))
        self._wait_for_next()

    def _wait_for_next(self) -> None:
        """Wake up when something is due, not earlier."""
        if self._gathering.isActive() and self._gathering.remainingTime() <= _GATHER_MS:
            return
        now = self._clock()
        waits = [self._failures.due_in_s(now), self._outages.due_in_s(now), 0.0 if self._here else None]
        due = [one for one in waits if one is not None]
        if due:
            self._gathering.start(max(int(min(due) * 1000) + 1, _GATHER_MS))
        else:
            self._gathering.stop()

    def _say_all(self, notes: Sequence[Note]) -> None:
        for note in notes:
            self._say(note)

    def _say(self, note: Note) -> None:
        self._clicked = note
        if not self._tray.show_message(note.title, note.text, is_warning=note.is_warning):
            joined = tr("{title}: {text}").format(title=note.title, text=note.text)
            self.shown_in_window.emit(joined)

    def _open_rows(self) -> None:
        if self._clicked.project:
            self.rows_requested.emit(self._clicked.project, self._clicked.statuses)
        else:
            self._tray.open_requested.emit()


def _rows(index: Index, project: str, ids: Collection[str]) -> list[Row]:
    found = [index.find(project, name) for name in ids]
    return [row for row in found if row is not None]


def _name(row: Row) -> str:
    """ "sh010 lookMain v012"."""
    version = tr("hero") if row.hero else f"v{row.version:03}" if row.version is not None else ""
    return " ".join(part for part in (row.asset, row.subset, version) if part)
