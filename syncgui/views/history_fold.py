"""What this machine did for a representation, folded away until somebody wants to know."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from syncgui.state import Attempt
from syncgui.state.ledger import DONE, THERE
from syncgui.views.figures import age_text, size_text
from syncgui.views.palettes import Tone
from syncgui.views.sentences import PlainLabel
from syncgui.views.texts import tr, tr_n


class HistoryFold(QWidget):
    """A line that opens the latest attempts, the newest first; hidden where there are none."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.button = QToolButton()
        self.button.setCheckable(True)
        self.button.setAutoRaise(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setArrowType(Qt.ArrowType.RightArrow)
        self.button.toggled.connect(self._unfold)
        self.label = PlainLabel(tone=Tone.DIM)
        self.label.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.button)
        column.addWidget(self.label)
        self.hide()

    def show_attempts(self, attempts: Sequence[Attempt], now: float) -> None:
        """Show these; whether they are folded stays as it is. `now`: epoch seconds."""
        self.setVisible(bool(attempts))
        self.button.setText(tr_n("History (%n)", "History (%n)", len(attempts)))
        self.label.setText("\n".join(attempt_text(one, now) for one in attempts))

    def _unfold(self, is_open: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)
        self.label.setVisible(is_open)


def attempt_text(one: Attempt, now: float) -> str:
    """ "3 min: a.1001.exr to gdrive, 12.3 MB in 0.4 s": one attempt in a line."""
    facts = {"age": age_text(one.at, now), "name": one.path.rpartition("/")[2], "target": one.target}
    if one.result == DONE:
        return tr("{age}: {name} to {target}, {size} in {seconds} s").format(
            **facts, size=size_text(one.size_bytes), seconds=f"{one.seconds:.1f}"
        )
    if one.result == THERE:
        return tr("{age}: {name} was on {target} already").format(**facts)
    return tr("{age}: {name} not to {target}: {reason}").format(**facts, reason=one.sentence)
