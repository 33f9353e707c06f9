"""Are files right that differ from their records? What is recorded, what is there, what follows; Accept.

One file is told in lines, several in a list. A site that has what was recorded gets the new content and
loses the old: that is said before anything is changed.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialogButtonBox, QGridLayout, QPushButton, QVBoxLayout, QWidget

from syncgui.engine.accepting import Offer, Seen
from syncgui.views.amount_list import ROW_PX, AmountList
from syncgui.views.error_texts import below_site
from syncgui.views.figures import clock_text, size_text
from syncgui.views.palettes import Tone
from syncgui.views.plain_tooltips import plain_tooltip
from syncgui.views.sentences import GrowingDialog, PlainLabel, SentenceList
from syncgui.views.texts import tr, tr_n

MOST_REFUSED = 5
"""Files that can not be accepted and are named; the others are counted."""

_WIDTH = 520
_MOST_ROWS = 12
_EDGES_PX = 4


class AcceptDialog(GrowingDialog):
    """See the module.

    Args:
        seen: what was looked at; it holds at least one offer.
        names_roots: see `error_texts.below_site`.
    """

    agreed = Signal(object)
    """The offers that a person says are right."""

    def __init__(self, seen: Seen, *, names_roots: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._offers = seen.offers
        self._names_roots = names_roots
        many = len(seen.offers)
        self.setWindowTitle(tr_n("Accept the file as it is", "Accept the files as they are", many))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        self.question = PlainLabel(
            tr_n("Is this file right as it is?", "Are these %n files right as they are?", many)
        )
        font = self.question.font()
        font.setBold(True)
        self.question.setFont(font)
        layout.addWidget(self.question)
        self.list: AmountList | None = None
        if many == 1:
            layout.addLayout(self._lines(seen.offers[0]))
        else:
            self.list = self._listed(seen.offers)
            layout.addWidget(self.list)
        self.follows = SentenceList()
        self.follows.say(_consequences(seen, names_roots=names_roots))
        layout.addWidget(self.follows)
        layout.addLayout(self._buttons())
        self.resize(_WIDTH, layout.totalHeightForWidth(_WIDTH))

    @property
    def texts(self) -> list[str]:
        """What it says of a single file, line by line."""
        return [one.text() for one in self.findChildren(PlainLabel) if one.parent() is self]

    def _lines(self, one: Offer) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        path = PlainLabel(_breakable(below_site(one.path, names_roots=self._names_roots)))
        path.setToolTip(plain_tooltip(one.path))
        grid.addWidget(path, 0, 0, 1, 2)
        told = tr("{size}, written {when}").format(
            size=_exact_size(one.size_bytes), when=clock_text(one.changed_s, time.time())
        )
        rows = (
            (tr("Recorded"), _exact_size(one.recorded_bytes)),
            (tr("On {site} now").format(site=one.site), told),
        )
        for number, (name, text) in enumerate(rows, 1):
            grid.addWidget(PlainLabel(name, Tone.DIM, wraps=False), number, 0)
            grid.addWidget(PlainLabel(text), number, 1)
        return grid

    def _listed(self, offers: Sequence[Offer]) -> AmountList:
        labels = (tr("File"), tr("Recorded"), tr("Now"))
        made = AmountList(tr("Files that differ from their records"), labels)
        made.setTextElideMode(Qt.TextElideMode.ElideLeft)  # the names are what differs
        for one in offers:
            path = below_site(one.path, names_roots=self._names_roots)
            item = made.add(path, (size_text(one.recorded_bytes), size_text(one.size_bytes)))
            item.setToolTip(0, plain_tooltip(path))
            for column, amount in ((1, one.recorded_bytes), (2, one.size_bytes)):
                item.setToolTip(column, plain_tooltip(_exact_size(amount)))
        rows = min(len(offers), _MOST_ROWS)
        made.setFixedHeight(made.header().sizeHint().height() + ROW_PX * rows + _EDGES_PX)
        return made

    def _buttons(self) -> QVBoxLayout:
        self.accept_button = QPushButton(tr("&Accept"))
        self.accept_button.setAccessibleName(tr("Accept"))
        self.accept_button.setDefault(True)
        self.cancel = QPushButton(tr("Cancel"))
        buttons = QDialogButtonBox()
        buttons.addButton(self.accept_button, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(self.cancel, QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._agree)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout()
        column.setContentsMargins(0, 6, 0, 0)
        column.addWidget(buttons)
        return column

    def _agree(self) -> None:
        self.agreed.emit(self._offers)
        self.accept()


def _consequences(seen: Seen, *, names_roots: bool) -> list[tuple[str, str, Tone]]:
    """What follows, with an icon each."""
    many = len(seen.offers)
    found = [
        (
            tr_n(
                "The record takes over its size, and the file is transferred at once.",
                "The records take over their sizes, and the files are transferred at once.",
                many,
            ),
            "mdi6.information-outline",
            Tone.DIM,
        )
    ]
    sites = sorted({site for one in seen.offers for site in one.outdated})
    if sites:
        text = tr("Also on {sites}, as it was recorded: it is sent there again, over that.")
        found.append((text.format(sites=", ".join(sites)), "mdi6.alert-outline", Tone.AMBER))
    for sentence in seen.refused[:MOST_REFUSED]:
        found.append((below_site(sentence, names_roots=names_roots), "mdi6.close-circle-outline", Tone.DIM))
    more = len(seen.refused) - MOST_REFUSED
    if more > 0:
        text = tr_n("%n more file can not be accepted", "%n more files can not be accepted", more)
        found.append((text, "mdi6.close-circle-outline", Tone.DIM))
    return found


def _exact_size(size_bytes: int) -> str:
    """ "5.1 kB (5,120 bytes)": sizes that differ little must not look the same."""
    exact = tr_n("%n byte", "%n bytes", size_bytes)
    if size_bytes < 1000:
        return exact
    return tr("{size} ({exact})").format(size=size_text(size_bytes), exact=exact)


def _breakable(path: str) -> str:
    """A path that wraps after its slashes."""
    return path.replace("/", "/\u200b")
