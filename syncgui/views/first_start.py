"""The start on a machine without settings: the page with three ways, and what each of them makes.

Ends with `ready`, given an application that has settings, or with `left` when the page was closed.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from syncgui.application import Application, Options
from syncgui.demo import DEMO_FILE_BYTES, DEMO_FILES, DemoFolder, DemoWish, new_demo_folder, set_up
from syncgui.settings import SettingsError
from syncgui.start_choices import keep_start_choices
from syncgui.views.own_thread import OwnThread
from syncgui.views.set_up_dialog import SetUpDialog
from syncgui.views.texts import tr
from syncgui.views.welcome import WelcomePage

Demo = tuple[DemoFolder, DemoWish]


class FirstStart(QObject):
    """See the module.

    Args:
        application: without settings, not opened.
    """

    ready = Signal(object, object)  # Application, Demo or None
    left = Signal()

    def __init__(self, application: Application, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._application = application
        self._thread = OwnThread("syncgui-first-start", self)
        self.page = WelcomePage()
        self.page.demo_requested.connect(self._try_demo)
        self.page.settings_chosen.connect(self._use_settings)
        self.page.set_up_requested.connect(self._set_up)
        self.page.closed.connect(self._leave)
        self.page.show()

    def raise_page(self) -> None:
        """Bring the page to the front."""
        self.page.show()
        self.page.raise_()
        self.page.activateWindow()

    def _try_demo(self) -> None:
        self.page.set_busy(tr("Making a small studio…"))
        self._thread.ask(_make_demo, self._demo_made, self._failed)

    def _demo_made(self, demo: Demo) -> None:
        place, _ = demo
        options = Options(place.home, place.settings, place.database)
        self._end(Application(options, {}, environment=self._application.environment), demo)

    def _use_settings(self, folder: Path, database: str) -> None:
        keep = partial(
            keep_start_choices,
            self._application.places.config_dir,
            settings=folder,
            database=database or None,
        )
        self.page.set_busy(tr("Keeping your choice…"))
        self._thread.ask(keep, self._kept, self._failed)

    def _set_up(self) -> None:
        dialog = SetUpDialog(self._application, self.page)
        dialog.accepted.connect(self._go_on)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _kept(self, _: None) -> None:
        self._go_on()

    def _go_on(self) -> None:
        self._end(self._application.again(), None)

    def _failed(self, error: Exception) -> None:
        self.page.show_problem(str(error), "" if isinstance(error, SettingsError) else tr("Try again."))

    def _end(self, application: Application, demo: Demo | None) -> None:
        self._thread.end()
        self.page.closed.disconnect(self._leave)
        self._application.close()
        self.ready.emit(application, demo)
        self.page.close()
        self.page.deleteLater()

    def _leave(self) -> None:
        self._thread.end()
        self._application.close()
        self.left.emit()


def _make_demo() -> Demo:
    place = DemoFolder(new_demo_folder())
    return place, set_up(place, DemoWish(DEMO_FILES, DEMO_FILE_BYTES, fails=True))
