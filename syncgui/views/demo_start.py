"""The demo in the window: its small studio is made and published while the loop already brings the files.

Everything happens in the session's threads; the window shows rows as they come.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from syncgui.demo import PROJECT, DemoFolder, DemoWish, publish
from syncgui.publishing import Publisher
from syncgui.state import EVERYTHING, Answer, Word
from syncgui.views.session import Session


class DemoStart(QObject):
    """Publishes once the session is open. The folder is set up already."""

    failed = Signal(str)

    def __init__(self, session: Session, place: DemoFolder, wish: DemoWish) -> None:
        super().__init__(session)
        self._session = session
        self._place = place
        self._wish = wish
        session.opened.connect(self._publish)

    def _publish(self) -> None:
        self._session.do(self._run, self._published, self._failed)

    def _run(self) -> int:
        application = self._session.application
        # Whoever wants a demo wants to see it move, however large it is wished.
        application.state.answer(application.store.identity, {EVERYTHING: Answer(Word.ALL)})
        publisher = Publisher(application.store, application.project(PROJECT), application.user)
        return publish(self._place, self._wish, publisher)

    def _published(self, representations: int) -> None:
        if representations:
            self._session.sync_now()

    def _failed(self, error: Exception) -> None:
        self.failed.emit(str(error))
