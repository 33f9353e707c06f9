"""A label of one line shows its whole text as a tooltip, whatever it looks like."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from syncgui.views.elided_label import ElidedLabel


def test_the_whole_text_is_the_tooltip(qtbot: QtBot) -> None:
    label = ElidedLabel("A sentence that is longer than its room")
    qtbot.addWidget(label)
    assert label.toolTip() == "A sentence that is longer than its room"


def test_what_looks_like_markup_is_shown_literally_in_the_tooltip_too(qtbot: QtBot) -> None:
    label = ElidedLabel("Failed: <b>boom</b> & <img src=x>")
    qtbot.addWidget(label)
    assert label.toolTip() == "<qt>Failed: &lt;b&gt;boom&lt;/b&gt; &amp; &lt;img src=x&gt;</qt>"
