"""What a card says of an error, and how it shows it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from syncgui.model.errors import (
    DamagedError,
    PathRefusedError,
    SourceMissingError,
    SyncError,
    UnforeseenError,
    every_error,
)
from syncgui.views.error_card import ErrorCard
from syncgui.views.error_texts import LONGEST_TEXT, CardTexts, file_card, hitch_card
from syncgui.views.row_details import Problem
from syncgui.views.standing import Hitch

NOW = 1_790_000_000.0
RESTS = "It rests until somebody retries it."
GONE = SourceMissingError(site="studio", path="{root[work]}/a.exr")


def problem(error: SyncError | str, *, rests: bool = False, when: float | None = NOW - 120) -> Problem:
    sentence = error if isinstance(error, str) else error.sentence
    tries = 3 if rests else 1
    return Problem(sentence, "{root[work]}/a.exr", "gdrive", tries, 3, when, None, rests, 0)


def test_a_known_error_is_told_in_its_four_texts() -> None:
    card = file_card(problem(GONE), NOW)
    assert card == CardTexts(
        title="Source file is gone",
        cause="a.exr is not on studio, though the record says so",
        happens_next=GONE.happens_next,
        next_step=GONE.next_step,
        facts="gdrive · attempt 1 of 3 · 2 min ago",
        can_retry=True,
        whole=GONE.sentence,
    )


@pytest.mark.parametrize("kind", every_error(), ids=lambda kind: kind.code)
def test_every_error_of_ours_has_all_four_texts(kind: type[SyncError]) -> None:
    card = file_card(problem(kind(site="gdrive", path="{root}/a", detail="why")), NOW)
    assert card.title and card.cause and card.happens_next and card.next_step
    assert not any("{site}" in text or "{detail}" in text for text in card.paragraphs)


def test_with_all_tries_used_up_nothing_is_promised() -> None:
    tried = DamagedError(site="gdrive", path="a", detail="short")
    assert "tried again by itself" in file_card(problem(tried), NOW).happens_next
    assert file_card(problem(tried, rests=True), NOW).happens_next == RESTS
    refused = PathRefusedError(path="../a", detail="it holds '..'")
    assert file_card(problem(refused, rests=True), NOW).happens_next == refused.happens_next


def test_a_sentence_of_another_program_is_shown_as_it_is_with_texts_that_hold_for_it() -> None:
    card = file_card(problem("HttpError 403: <userRateLimitExceeded>"), NOW)
    assert card.cause == "HttpError 403: <userRateLimitExceeded>"
    assert card.title == "Failed"
    assert card.happens_next == "It is tried again by itself."
    assert card.next_step == "Retry; if it stays, ask whoever wrote it."
    assert card.whole == ""
    assert file_card(problem("boom", rests=True), NOW).happens_next == RESTS
    assert file_card(problem(UnforeseenError(detail="boom")), NOW).title == SyncError.title_text


def test_more_tries_than_are_allowed_now_are_told_without_the_limit() -> None:
    tried = Problem("boom", "a", "gdrive", 9, 1, None, None, True, 0)
    assert file_card(tried, NOW).facts == "gdrive · attempt 9"
    assert file_card(replace(tried, tries=1), NOW).facts == "gdrive · attempt 1 of 1"


@pytest.mark.parametrize(
    ("path", "alone", "among_others"),
    [
        ("{root[work]}/show/a.exr", "show/a.exr", "work: show/a.exr"),
        (r"{root[work]}\show\a.exr", r"show\a.exr", r"work: show\a.exr"),
        ("{root}/show/a.exr", "show/a.exr", "show/a.exr"),
        ("/mnt/show/a.exr", "/mnt/show/a.exr", "/mnt/show/a.exr"),
    ],
)
def test_a_path_is_told_as_it_is_below_its_site(path: str, alone: str, among_others: str) -> None:
    gone = SourceMissingError(site="studio", path=path)
    rest = " is not on studio, though the record says so"
    assert file_card(problem(gone), NOW).cause == alone + rest
    several = file_card(problem(gone), NOW, names_roots=True)
    assert several.cause == among_others + rest
    assert several.whole == ("" if several.cause == gone.sentence else gone.sentence)


def test_a_refused_path_is_told_as_it_is_spelled() -> None:
    refused = PathRefusedError(path="{root[work]}/../a", detail="it holds '..'")
    assert file_card(problem(refused), NOW).cause == refused.sentence


def test_times_of_other_programs_are_told_by_the_day_only() -> None:
    assert "min ago" not in file_card(problem("boom"), NOW).facts
    assert "ago" not in file_card(problem(GONE, when=NOW + 3600), NOW).facts


def test_an_error_without_a_sentence_names_its_file() -> None:
    card = file_card(problem(""), NOW)
    assert card.cause.startswith("a.exr could not be transferred")
    assert card.next_step == "Retry."


def test_a_whole_log_as_a_sentence_is_cut() -> None:
    assert len(file_card(problem("x" * 100_000), NOW).cause) == LONGEST_TEXT + 1


def test_the_next_try_is_told() -> None:
    waiting = Problem(GONE.sentence, "a", "gdrive", 1, 3, NOW, NOW + 600, False, 4)
    card = file_card(waiting, NOW)
    assert "Next try: " in card.happens_next
    assert "4 more files have errors" in card.facts


def test_a_site_in_trouble_has_a_card_without_retry() -> None:
    hitch = Hitch("There is no room left on gdrive: quota", "Make room on gdrive.", NOW)
    card = hitch_card(hitch, "gdrive is in trouble", NOW)
    assert (card.title, card.next_step, card.can_retry) == (
        "Disk full on gdrive",
        "Make room on gdrive.",
        False,
    )
    assert hitch_card(Hitch("odd", "", 0.0), "gdrive is in trouble", NOW).title == "gdrive is in trouble"


def test_the_card_shows_markup_literally_and_all_of_it_can_be_copied(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)
    texts = file_card(problem("<b>boom</b> & <script>"), NOW)
    card.show_texts(texts)
    assert card.reading.toPlainText().split("\n") == list(texts.paragraphs)
    assert card.reading.isReadOnly()
    assert card.reading.toolTip() == ""
    keyboard = Qt.TextInteractionFlag.TextSelectableByKeyboard
    assert card.reading.textInteractionFlags() & keyboard
    assert card.reading.focusPolicy() & Qt.FocusPolicy.TabFocus
    card.reading.selectAll()
    card.reading.copy()
    assert QGuiApplication.clipboard().text() == "\n".join(texts.paragraphs)


def test_the_card_tells_the_whole_path_in_its_tooltip(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)
    odd = SourceMissingError(site="studio", path="{root[work]}/<b>a.exr")
    card.show_texts(file_card(problem(odd), NOW))
    assert card.reading.toPlainText().split("\n")[1].startswith("<b>a.exr is not")
    assert "{root[work]}/&lt;b&gt;a.exr" in card.reading.toolTip()


def test_the_card_grows_with_its_text_when_it_gets_narrow(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)
    card.show_texts(file_card(problem(GONE), NOW))
    card.resize(800, 300)
    card.show()
    wide = card.reading.height()
    card.resize(240, 300)
    qtbot.waitUntil(lambda: card.reading.height() > wide)
    assert card.reading.document().size().height() <= card.reading.height()


def test_retry_is_offered_only_where_it_helps_and_works_by_key(qtbot: QtBot) -> None:
    card = ErrorCard()
    qtbot.addWidget(card)
    card.show_texts(file_card(problem(GONE), NOW))
    card.show()
    assert card.retry.isVisible()
    with qtbot.waitSignal(card.retry_requested):
        QTest.keyClick(card.retry, Qt.Key.Key_Space)
    card.show_texts(hitch_card(Hitch("odd", "", 0.0), "trouble", NOW))
    assert not card.retry.isVisible()
    card.show_texts(None)
    assert card.isHidden()
