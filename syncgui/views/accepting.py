"""The way from the wish to accept files as they are to their records: look, ask, accept, say what came of it.

Disks are looked at in the session's thread for that, which may hang; the dialog stays open while the program
does other things, and only one is open at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from syncgui import actions
from syncgui.engine.accepting import Offer, Seen
from syncgui.engine.route import SyncedProject
from syncgui.model.errors import SyncError
from syncgui.views.accept_dialog import AcceptDialog
from syncgui.views.error_texts import below_site
from syncgui.views.session import Session
from syncgui.views.texts import tr, tr_n


class AcceptFlow(QObject):
    """See the module.

    Args:
        session: gives projects and threads.
        say: tells something in passing.
        window: over which the dialog opens.
    """

    def __init__(self, session: Session, say: Callable[[str], None], window: QWidget) -> None:
        super().__init__(window)
        self._session = session
        self._say = say
        self._window = window
        self._project: SyncedProject | None = None
        self._is_looking = False
        self.dialog: AcceptDialog | None = None

    def begin(self, ids: Sequence[str], project: str) -> None:
        """Look at the files of representations that differ from their records, then ask."""
        known = self._session.standing.projects.get(project)
        if known is None or self.dialog is not None:
            return
        if self._is_looking:
            self._say(tr("The files asked for before are still being looked at"))
            return
        self._project, self._is_looking = known, True
        self._say(tr("Looking whether it stands still…"))
        task = partial(actions.look_at_sizes, self._session.application, known, tuple(ids))
        self._session.look(task, self._ask, self._failed)

    def _ask(self, seen: Seen) -> None:
        self._is_looking = False
        names_roots = self._names_roots
        if not seen.offers:
            first = next(iter(seen.refused), "")
            told = below_site(first, names_roots=names_roots)
            self._say(told or tr("There was nothing to change any more"))
            return
        self._say("")
        self.dialog = AcceptDialog(seen, names_roots=names_roots, parent=self._window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.agreed.connect(self._accept)
        self.dialog.finished.connect(self._forget)
        self.dialog.open()

    @property
    def _names_roots(self) -> bool:
        return self._project is not None and len(self._project.view.known_roots) > 1

    def _accept(self, offers: Sequence[Offer]) -> None:
        if self._project is not None:
            task = partial(actions.accept, self._session.application, self._project, tuple(offers))
            self._session.look(task, self._accepted, self._failed)

    def _accepted(self, result: tuple[int, list[str]]) -> None:
        files, refused = result
        if refused:
            self._say(below_site(refused[0], names_roots=self._names_roots))
        else:
            self._say(tr_n("%n file accepted as it is", "%n files accepted as they are", files))

    def _failed(self, error: Exception) -> None:
        self._is_looking = False
        self._say(error.sentence if isinstance(error, SyncError) else str(error))

    def _forget(self) -> None:
        self.dialog = None
