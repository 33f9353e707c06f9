"""Labels for sentences: plain text that wraps, quiet grey ones, ones with an icon before them."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from syncgui.views import icons, palettes
from syncgui.views.palettes import Tone

_ICON_PX = 16
_MOST_OF_SCREEN = 0.9


class PlainLabel(QLabel):
    """Plain text that wraps and can be selected, in a tone of the palette in use."""

    def __init__(self, text: str = "", tone: Tone = Tone.TEXT, *, wraps: bool = True) -> None:
        super().__init__(text)
        self._tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wraps)
        self.setForegroundRole(QPalette.ColorRole.WindowText)  # on a button, too
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        palettes.changes().changed.connect(self._colour)
        self._colour()

    def set_tone(self, tone: Tone) -> None:
        """Use another tone."""
        self._tone = tone
        self._colour()

    def _colour(self) -> None:
        palette = self.palette()
        for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
            palette.setColor(group, QPalette.ColorRole.WindowText, palettes.colour(self._tone))
        self.setPalette(palette)


class Sentence(QWidget):
    """A sentence with an icon before it; hidden while it says nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._tone = "", Tone.TEXT
        self._icon = QLabel()
        self._icon.setFixedWidth(_ICON_PX)
        self._label = PlainLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._label, 1)
        palettes.changes().changed.connect(self._colour)
        self.hide()

    @property
    def text(self) -> str:
        """What it says."""
        return self._label.text()

    def say(self, text: str, icon: str = "", tone: Tone = Tone.TEXT, text_tone: Tone = Tone.TEXT) -> None:
        """Say something; "" hides it.

        Args:
            tone: of the icon.
        """
        self._name, self._tone = icon, tone
        self._label.setText(text)
        self._label.set_tone(text_tone)
        self.setAccessibleName(text)
        self._icon.setVisible(bool(icon))
        self.setVisible(bool(text))
        self._colour()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the icon anew for another screen."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._colour()

    def _colour(self) -> None:
        if self._name:
            self._icon.setPixmap(icons.pixmap(self._name, self._tone, _ICON_PX, self.devicePixelRatioF()))


class SentenceList(QWidget):
    """Sentences under one another; as many as are said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Sentence] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is said."""
        return [row.text for row in self._rows if row.text]

    def say(self, sentences: list[tuple[str, str, Tone]]) -> None:
        """Say these: text, icon, the icon's tone."""
        while len(self._rows) < len(sentences):
            self._rows.append(Sentence())
            self._column.addWidget(self._rows[-1])
        for number, row in enumerate(self._rows):
            row.say(*(sentences[number] if number < len(sentences) else ("",)))
        self.setVisible(bool(sentences))


class GrowingDialog(QDialog):
    """A dialog that is always high enough for what it says; never smaller again, never above its screen."""

    def event(self, event: QEvent) -> bool:
        """Grow when something in it wants more room."""
        if event.type() != QEvent.Type.LayoutRequest:
            return super().event(event)  # among others the one that deletes it
        answer = super().event(event)
        layout = self.layout()
        if layout is not None:
            room = int(self.screen().availableGeometry().height() * _MOST_OF_SCREEN)
            wanted = min(layout.totalHeightForWidth(self.width()), room)
            if wanted > self.height():
                self.resize(self.width(), wanted)
        return answer
