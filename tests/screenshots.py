"""`python -m tests.screenshots DIR` makes a picture of every window: dark, light, and both at 200 %.

Each look is made in a process of its own, offscreen, on a studio with every state; the loop does not run, so
that the same is seen each time. The pictures are to be looked at by people.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from syncgui.application import Application, Options
from syncgui.engine.accepting import Offer, Seen
from syncgui.engine.events import Reloaded
from syncgui.engine.first_contact import HeldBack
from syncgui.engine.route import SyncedProject
from syncgui.engine.source_looks import Look
from syncgui.model.edits import Target
from syncgui.model.errors import SizeDiffersError, SourceUnstableError
from syncgui.model.paths import PlacedPath
from syncgui.model.representation import FileRef
from syncgui.model.status import Status
from syncgui.views import icons, palettes
from syncgui.views.accept_dialog import AcceptDialog
from syncgui.views.contact_dialog import ContactDialog
from syncgui.views.error_card import ErrorCard
from syncgui.views.error_texts import file_card
from syncgui.views.headline import Shape
from syncgui.views.main_window import MainWindow
from syncgui.views.publish_dialog import PublishDialog
from syncgui.views.row_details import Problem
from syncgui.views.session import Session
from syncgui.views.set_up_dialog import SetUpDialog
from syncgui.views.site_picker import SitePicker
from syncgui.views.standing import Flow, Health, Hitch
from syncgui.views.tray import Tray
from syncgui.views.welcome import WelcomePage
from syncgui.views.window_memory import WindowMemory
from tests.screenshot_studio import EMPTY_PROJECT, FAILED_SUBSET, PROJECT, PictureStudio

PATIENCE_MS = 20_000
_STEP_MS = 20
_MOVES = Status.IN_PROGRESS
LOOKS = (("dark", 1), ("light", 1), ("dark", 2), ("light", 2))
_ICON_SIZES = (16, 22, 24, 32, 48)


class StillSession(Session):
    """A session whose loop is not started: what moves and what is in trouble is given."""

    def __init__(self, application: Application, projects: Mapping[str, SyncedProject]) -> None:
        super().__init__(application)
        self._given = projects
        self._given_flow = Flow()
        self._given_health = Health()

    def start(self) -> None:
        """Open the parts; the index is up to date."""
        self._threads.start()
        self._start_asking()
        self._take([Reloaded(self._given)])

    def give(self, flow: Flow, health: Health) -> None:
        """Show this from now on."""
        self._given_flow, self._given_health = flow, health
        self._changed()

    def _tell(self) -> None:
        self.standing = replace(self.standing, health=self._given_health, flow=self._given_flow)
        self.standing_changed.emit()


class Pictures:
    """Makes the pictures of one look into a folder."""

    def __init__(self, folder: Path, suffix: str, work: Path) -> None:
        self._folder = folder
        self._suffix = suffix
        self._work = work
        self._pictures = PictureStudio(work / "studio")
        app = self._pictures.studio.app
        self._session = StillSession(app, app.projects())

    def make(self) -> None:
        """All of them."""
        self._session.start()
        self._session.give(self._pictures.flow, Health())
        self._main()
        self._picker()
        self._publish()
        self._accept()
        self._first_start()
        self._tray_menu()
        if QGuiApplication.primaryScreen().devicePixelRatio() == 1:
            self._tray_icons()
        assert self._session.stop()
        self._pictures.studio.close()

    def _main(self) -> None:
        window = MainWindow(self._session, WindowMemory(self._work / "window.ini"))
        window.resize(1440, 860)  # whatever the screen of this machine has
        window.show_project(PROJECT)
        window.show()
        _until(lambda: window.model.rowCount() > 0 and window.model.row_at(0) is not None, "the rows")
        _until(lambda: window.model.row_at(20) is not None, "more rows")
        window.table.selectRow(1)
        self._keep(window, "main")
        moving = next(n for n in range(40) if (row := window.model.row_at(n)) and row.status is _MOVES)
        window.table.selectRow(moving)
        self._keep(window, "moving")
        place = next(n for n in range(40) if (row := window.model.row_at(n)) and row.subset == FAILED_SUBSET)
        window.table.selectRow(place)
        self._keep(window.detail, "detail")
        window.table.selectAll()
        self._keep(window, "many_selected")
        window.table.clearSelection()
        window.chips.choose(frozenset({Status.SYNCED}))
        window.bar.search.setText("render anna")
        window.bar.focus_search()
        _until(lambda: 0 < window.model.rowCount() < 30, "fewer rows")
        self._keep(window, "filter")
        window.bar.search.setText("nothing like it")
        _until(lambda: window.model.rowCount() == 0, "no rows")
        self._keep(window, "no_match")
        window.show_all()
        self._give(Health(sites={"backup": _hitch("backup is not connected: its root is not there.")}))
        _until(lambda: window.model.rowCount() > 100, "the rows")
        self._keep(window, "site_trouble")
        self._give(Health(database=_hitch("The database can not be reached.")))
        self._keep(window, "database_trouble")
        self._give(Health(paused_until=time.time() + 900))
        self._keep(window, "paused")
        self._first_contact(window)
        self._give(Health())
        window.resize(900, 520)
        self._keep(window, "narrow")
        window.resize(1440, 860)
        window.show_project(EMPTY_PROJECT)
        self._keep(window, "nothing_published")
        window.closes_to_tray = True
        window.close()
        window.deleteLater()

    def _first_contact(self, window: MainWindow) -> None:
        """The question across the window, and the dialog that chooses projects."""
        pair = self._session.standing.projects[PROJECT].pair
        amounts = ((PROJECT, 17_381, 38_100), (EMPTY_PROJECT, 0, 0), ("winter_tale", 1_021, 2_900))
        held = {name: HeldBack(pair, files, size * 10**9) for name, files, size in amounts}
        self._session.give(Flow(), Health(held=held))
        _until(lambda: bool(window.contact.text), "the question")
        self._keep(window, "first_contact")
        dialog = ContactDialog(held, pair)
        dialog.open()
        QTest.keyClick(dialog.list, Qt.Key.Key_Space)
        self._keep(dialog, "first_contact_choose")
        dialog.close()

    def _picker(self) -> None:
        picker = SitePicker(self._session)
        picker.open_for(PROJECT)
        _until(lambda: picker.choice is not None, "the choice")
        self._keep(picker, "picker")
        picker.test()
        _until(picker.test_button.isEnabled, "the test")
        self._keep(picker, "picker_tested")
        picker.close()

    def _publish(self) -> None:
        dialog = PublishDialog(self._session, self._session.standing.projects[PROJECT])
        dialog.open()
        self._keep(dialog, "publish")
        dialog.close()

    def _accept(self) -> None:
        """A file that differs from its record: its card, and the question whether it is right."""
        offers = tuple(_offer(number) for number in range(1001, 1006))
        differs = SizeDiffersError(
            site="studio", path=offers[0].path, detail="it has 21,904 bytes, the record says 4,822"
        )
        card = ErrorCard()
        problem = Problem(differs.sentence, "", "backup", 0, 3, time.time() - 70, None, False, 0)
        card.show_texts(file_card(problem, time.time()))
        card.resize(322, card.heightForWidth(322))
        self._keep(card, "accept_card")
        card.close()
        unstable = SourceUnstableError(site="studio", path=_offer(1006).path)
        for name, seen in (
            ("accept", Seen(offers[:1])),
            ("accept_many", Seen(offers, (unstable.sentence,))),
        ):
            dialog = AcceptDialog(seen)
            dialog.open()
            self._keep(dialog, name)
            dialog.close()

    def _first_start(self) -> None:
        bare = self._work / "bare"
        application = Application(Options(bare / "home", bare / "settings", None), {})
        page = WelcomePage()
        page.show()
        self._keep(page, "welcome")
        dialog = SetUpDialog(application)
        dialog.open()
        self._keep(dialog, "set_up")
        dialog.close()
        page.close()
        application.close()

    def _tray_menu(self) -> None:
        tray = Tray(is_available=lambda: False)
        tray.set_standing(self._session.standing, time.time())
        tray.menu.popup(QPoint(20, 20))
        self._keep(tray.menu, "tray_menu")
        tray.hide()

    def _tray_icons(self) -> None:
        """All shapes on a dark panel and on a light one, in the sizes that panels have."""
        cell, step = 64, 130
        sheet = QPixmap(step + len(_ICON_SIZES) * cell * 2, len(Shape) * cell)
        painter = QPainter(sheet)
        painter.setFont(QFont("DejaVu Sans", 9))
        for half, back, front in ((0, "#23272e", "#d5d9e0"), (1, "#eff0f1", "#202020")):
            left = step // 2 * half + half * (step // 2 + len(_ICON_SIZES) * cell)
            painter.fillRect(QRect(left, 0, sheet.width(), sheet.height()), QColor(back))
            for row, shape in enumerate(Shape):
                painter.setPen(QColor(front))
                if not half:
                    painter.drawText(8, row * cell + 36, shape.value)
                for column, size in enumerate(_ICON_SIZES):
                    picture = icons.tray_icon(shape, row).pixmap(size, size)
                    x = left + (0 if half else step) + column * cell + (cell - size) // 2
                    painter.drawPixmap(x, row * cell + (cell - size) // 2, picture)
        painter.end()
        sheet.save(str(self._folder / f"tray_icons{self._suffix}.png"))

    def _give(self, health: Health) -> None:
        self._session.give(self._pictures.flow, health)
        _until(lambda: self._session.standing.health == health, "what is to be shown")

    def _keep(self, widget: QWidget, name: str) -> None:
        """Wait until a widget looks the same for a while, then keep its picture."""
        before = b""
        for _ in range(100):
            QTest.qWait(60)
            picture = widget.grab()
            now = bytes(picture.toImage().constBits())
            if now == before:
                break
            before = now
        picture.save(str(self._folder / f"{name}{self._suffix}.png"))


def _offer(frame: int) -> Offer:
    """A frame that was rendered again after it was published."""
    name = f"sh0070_compMain_v011.{frame}.exr"
    path = f"{{root[work]}}/amber_coast/sequences/sq010/sh0070/publish/compMain/v011/{name}"
    now_ns = int((time.time() - 1200) * 1e9)
    placed = PlacedPath("work", tuple(path.split("/")[1:]))
    target = Target("", FileRef(None, path), "studio")
    look = Look(21_904_118 + frame, now_ns)
    return Offer(target, path, placed, None, 20_115_730, look, ("backup",))


def _hitch(sentence: str) -> Hitch:
    return Hitch(sentence, "It goes on by itself as soon as it is there again.", time.time() - 300)


def _until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(PATIENCE_MS // _STEP_MS):
        if holds():
            return
        QTest.qWait(_STEP_MS)
    raise AssertionError(f"{what} did not come within {PATIENCE_MS} ms")


def make_one(folder: Path, scheme: str, ratio: int) -> None:
    """The pictures of one look, in this process."""
    qt = QApplication(["syncgui"])
    qt.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    qt.setFont(QFont("DejaVu Sans", 9))
    palettes.apply(qt, scheme)
    suffix = f"_{scheme}" + (f"_{ratio}00" if ratio > 1 else "")
    with tempfile.TemporaryDirectory(prefix="syncgui-pictures-") as work:
        Pictures(folder, suffix, Path(work)).make()
    qt.processEvents()


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--look", nargs=2, metavar=("SCHEME", "RATIO"), help="only this one")
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    if wanted.look:
        make_one(wanted.folder, wanted.look[0], int(wanted.look[1]))
        return
    for scheme, ratio in LOOKS:
        line = [sys.executable, "-m", "tests.screenshots", str(wanted.folder), "--look", scheme, str(ratio)]
        subprocess.run(line, env={**os.environ, "QT_SCALE_FACTOR": str(ratio)}, check=True)
    print(f"{len(list(wanted.folder.glob('*.png')))} pictures in {wanted.folder}")  # noqa: T201


if __name__ == "__main__":
    main()
