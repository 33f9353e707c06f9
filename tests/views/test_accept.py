"""Accepting a file as it is in the window: where it is offered, what is asked, what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.engine.accepting import Offer, Seen
from syncgui.engine.source_looks import Look
from syncgui.model.edits import Target
from syncgui.model.errors import SizeDiffersError, SourceMissingError
from syncgui.model.paths import PlacedPath
from syncgui.model.representation import FileRef, read_representation
from syncgui.views.accept_dialog import MOST_REFUSED, AcceptDialog
from syncgui.views.error_card import ErrorCard
from syncgui.views.error_texts import file_card
from syncgui.views.main_window import MainWindow
from syncgui.views.row_details import Problem
from tests.engine.studio import Studio
from tests.views.pseudo_locale import pseudo_locale, texts, untranslated
from tests.views.windows import PATIENCE_MS, row_of, select, window_on

NOW = 1_790_000_000.0
DIFFERS = SizeDiffersError(site="studio", path="{root[work]}/a.exr", detail="it has 20 bytes")
GONE = SourceMissingError(site="studio", path="{root[work]}/a.exr")


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    """An empty studio."""
    made = Studio(tmp_path)
    yield made
    made.close()


def offer(name: str = "a.exr", outdated: tuple[str, ...] = ()) -> Offer:
    path = f"{{root[work]}}/shot/{name}"
    target = Target("id", FileRef(None, path), "studio")
    look = Look(5120, int(NOW * 1e9))
    return Offer(target, path, PlacedPath("work", ("shot", name)), None, 4822, look, outdated)


def dialog_of(qtbot: QtBot, seen: Seen) -> AcceptDialog:
    made = AcceptDialog(seen)
    qtbot.addWidget(made)
    made.open()
    return made


def card_of(qtbot: QtBot, sentence: str) -> ErrorCard:
    card = ErrorCard()
    qtbot.addWidget(card)
    card.show_texts(file_card(Problem(sentence, "", "backup", 0, 3, NOW, None, False, 0), NOW))
    card.show()
    return card


# -- the card ----------------------------------------------------------------------------------------


def test_the_card_offers_it_only_where_the_size_differs_and_by_key(qtbot: QtBot) -> None:
    assert not card_of(qtbot, GONE.sentence).accept.isVisible()
    assert not card_of(qtbot, "somebody else's sentence").accept.isVisible()
    card = card_of(qtbot, DIFFERS.sentence)
    assert card.accept.isVisible()
    assert card.accept.focusPolicy() & Qt.FocusPolicy.TabFocus
    with qtbot.waitSignal(card.accept_requested):
        QTest.keyClick(card.accept, Qt.Key.Key_Space)


@pytest.mark.parametrize("width", [240, 400])
def test_both_buttons_have_room_however_narrow_the_card_is(qtbot: QtBot, width: int) -> None:
    card = card_of(qtbot, DIFFERS.sentence)
    card.resize(width, card.heightForWidth(width))
    qtbot.waitUntil(lambda: card.width() == width)
    for button in (card.retry, card.accept):
        assert card.rect().contains(button.geometry())
    assert not card.retry.geometry().intersects(card.accept.geometry())
    assert not card.accept.geometry().intersects(card.reading.geometry())


# -- the question ------------------------------------------------------------------------------------


def test_one_file_is_told_with_both_sizes(qtbot: QtBot) -> None:
    told = "\n".join(dialog_of(qtbot, Seen((offer(),))).texts).replace("\u200b", "")
    assert "shot/a.exr" in told
    assert "4.8 kB (4,822 bytes)" in told
    assert "5.1 kB (5,120 bytes), written" in told
    assert "On studio now" in told


def test_sites_that_have_the_old_content_are_named(qtbot: QtBot) -> None:
    plain = dialog_of(qtbot, Seen((offer(),)))
    assert len(plain.follows.texts) == 1
    outdated = dialog_of(qtbot, Seen((offer(outdated=("gdrive", "home")),)))
    assert (
        outdated.follows.texts[1]
        == "Also on gdrive, home, as it was recorded: it is sent there again, over that."
    )


def test_several_files_are_listed_and_what_is_refused_is_named(qtbot: QtBot) -> None:
    offers = tuple(offer(f"a.{number}.exr") for number in range(3))
    dialog = dialog_of(qtbot, Seen(offers, tuple(f"no {number}" for number in range(MOST_REFUSED + 2))))
    assert dialog.list is not None
    rows = [dialog.list.topLevelItem(number) for number in range(3)]
    assert [row.text(0) for row in rows if row is not None] == [f"shot/a.{n}.exr" for n in range(3)]
    assert dialog.follows.texts[-1] == "2 more files can not be accepted"
    assert dialog.question.text() == "Are these 3 files right as they are?"


def test_the_keyboard_accepts_and_escape_does_not(qtbot: QtBot) -> None:
    seen = Seen((offer(),))
    dialog = dialog_of(qtbot, seen)
    agreed: list[object] = []
    dialog.agreed.connect(agreed.append)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert (agreed, dialog.isHidden()) == ([], True)
    dialog.open()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert (agreed, dialog.isHidden()) == ([seen.offers], True)


def test_every_text_can_be_translated(qtbot: QtBot) -> None:
    with pseudo_locale():
        one = replace(offer(outdated=("backup",)), path="{root[work]}/a.exr")
        dialog = dialog_of(qtbot, Seen((one,)))
        assert len(list(texts(dialog))) > 5
        assert untranslated(dialog, {"studio", "backup", "a.exr", one.path}) == []


# -- the window --------------------------------------------------------------------------------------


def differing(studio: Studio) -> str:
    """A file whose size differs from the record."""
    studio.write("a.exr", b"longer than recorded")
    return studio.publish([studio.file("a.exr", 4)])


def show(window: MainWindow, qtbot: QtBot, one: str) -> None:
    qtbot.waitUntil(lambda: row_of(window, one) is not None, timeout=PATIENCE_MS)
    select(window, one)
    qtbot.waitUntil(window.detail.card.accept.isVisible, timeout=PATIENCE_MS)
    qtbot.waitUntil(window.row_actions.accept.isEnabled, timeout=PATIENCE_MS)


def recorded(studio: Studio, one: str) -> int | None:
    return read_representation(studio.document(one)).files[0].size_bytes


def test_a_click_asks_and_the_answer_is_recorded_and_synced(studio: Studio, qtbot: QtBot) -> None:
    one = differing(studio)
    with window_on(studio, qtbot) as window:
        show(window, qtbot, one)
        window.detail.card.accept.click()
        qtbot.waitUntil(lambda: window.accepting.dialog is not None, timeout=PATIENCE_MS)
        assert recorded(studio, one) == 4
        assert window.accepting.dialog is not None
        window.accepting.dialog.accept_button.click()
        qtbot.waitUntil(lambda: studio.is_synced(one), timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: window.foot.noted == "1 file accepted as it is", timeout=PATIENCE_MS)
        qtbot.waitUntil(lambda: not window.detail.card.isVisible(), timeout=PATIENCE_MS)
    assert recorded(studio, one) == 20


def test_who_cancels_changes_nothing(studio: Studio, qtbot: QtBot) -> None:
    one = differing(studio)
    with window_on(studio, qtbot) as window:
        show(window, qtbot, one)
        before = studio.document(one)
        window.row_actions.accept.trigger()
        qtbot.waitUntil(lambda: window.accepting.dialog is not None, timeout=PATIENCE_MS)
        assert window.accepting.dialog is not None
        window.accepting.dialog.cancel.click()
        qtbot.waitUntil(lambda: window.accepting.dialog is None, timeout=PATIENCE_MS)
    assert studio.document(one) == before


def test_a_file_that_changes_while_the_question_is_open_is_not_accepted(studio: Studio, qtbot: QtBot) -> None:
    one = differing(studio)
    with window_on(studio, qtbot) as window:
        show(window, qtbot, one)
        window.detail.card.accept.click()
        qtbot.waitUntil(lambda: window.accepting.dialog is not None, timeout=PATIENCE_MS)
        studio.write("a.exr", b"and now something else again")
        assert window.accepting.dialog is not None
        window.accepting.dialog.accept_button.click()
        qtbot.waitUntil(lambda: "still being written" in window.foot.noted, timeout=PATIENCE_MS)
    assert recorded(studio, one) == 4


def test_the_menu_has_it_only_where_it_fits(studio: Studio, qtbot: QtBot) -> None:
    one = differing(studio)
    other = studio.publish(["b.exr"])
    with window_on(studio, qtbot) as window:
        show(window, qtbot, one)
        accept = window.row_actions.accept
        assert accept in window.row_actions.menu(window).actions()
        assert accept.isVisible() and accept.isEnabled()
        qtbot.waitUntil(lambda: row_of(window, other) is not None, timeout=PATIENCE_MS)
        select(window, other)
        qtbot.waitUntil(lambda: not accept.isVisible(), timeout=PATIENCE_MS)
        assert not accept.isEnabled()


def test_who_asks_again_while_a_disk_is_looked_at_is_told_so(studio: Studio, qtbot: QtBot) -> None:
    with window_on(studio, qtbot) as window:
        show(window, qtbot, differing(studio))
        window.row_actions.accept.trigger()
        window.row_actions.accept.trigger()
        assert "still being looked at" in window.foot.noted
        qtbot.waitUntil(lambda: window.accepting.dialog is not None, timeout=PATIENCE_MS)
