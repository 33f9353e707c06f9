"""The program's own marks: one for each shape of the tray, and the application's icon.

Drawn when they are needed, at every size a panel may want, so that they are sharp everywhere. The outline
and what is cut out of it tell the shape; the colours, of middle brightness, are seen on dark panels and on
light ones alike and only underline it.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QImage,
    QLinearGradient,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPen,
    QPolygonF,
)

from syncgui.views.headline import Shape

FRAMES = 8
"""Frames of the moving mark: half a turn, after which it looks the same again."""

_COLOURS = {
    Shape.SYNCED: "#2f9150",
    Shape.SYNCING: "#3a80cc",
    Shape.WAITING: "#7d8590",
    Shape.PAUSED: "#a87414",
    Shape.ATTENTION: "#c46a12",
    Shape.ERROR: "#d6453f",
}


def mark(shape: Shape, size: int, frame: int = 0) -> QImage:
    """The mark of a shape, `size` pixels wide and high, on nothing.

    Args:
        frame: of the moving mark, any number; the others stand still.
    """
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 32, size / 32)  # everything below is drawn in a square of 32
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(_COLOURS[shape]))
    painter.drawPath(_outline(shape))
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
    _cut(painter, shape, frame)
    painter.end()
    return image


def application_mark(size: int) -> QImage:
    """The application's icon: two arrows that follow each other, on a blue tile."""
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / 32, size / 32)
    shade = QLinearGradient(0, 0, 0, 32)
    shade.setColorAt(0, QColor("#4a93e0"))
    shade.setColorAt(1, QColor("#2a62a8"))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(shade))
    painter.drawRoundedRect(QRectF(1, 1, 30, 30), 7, 7)
    _arrows(painter, QColor(Qt.GlobalColor.white), 0.0)
    painter.end()
    return image


def _outline(shape: Shape) -> QPainterPath:
    path = QPainterPath()
    if shape is Shape.ATTENTION:
        path.addPolygon(QPolygonF([QPointF(16, 3), QPointF(30, 28), QPointF(2, 28)]))
        path.closeSubpath()
        return _rounded(path, 3)
    if shape is Shape.ERROR:
        near, far = 10.0, 22.0
        corners = [(near, 1.5), (far, 1.5), (30.5, near), (30.5, far)]
        corners += [(far, 30.5), (near, 30.5), (1.5, far), (1.5, near)]
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        path.closeSubpath()
    elif shape is Shape.PAUSED:
        path.addRoundedRect(QRectF(2, 2, 28, 28), 6, 6)
    else:
        path.addEllipse(QPointF(16, 16), 15, 15)
    return path


def _rounded(path: QPainterPath, width: float) -> QPainterPath:
    """The path with round corners, grown by half the width."""
    pen = QPen(Qt.GlobalColor.black, width)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return QPainterPathStroker(pen).createStroke(path).united(path)


def _cut(painter: QPainter, shape: Shape, frame: int) -> None:
    black = QColor(Qt.GlobalColor.black)
    if shape is Shape.SYNCED:
        _line(painter, [(8.5, 16.5), (13.8, 22), (23.5, 11)], 4)
    elif shape is Shape.SYNCING:
        _arrows(painter, black, 180.0 * (frame % FRAMES) / FRAMES)
    elif shape is Shape.WAITING:
        _line(painter, [(16, 7.5), (16, 16.5), (22, 20.5)], 3.6)
    elif shape is Shape.PAUSED:
        _line(painter, [(11.5, 10), (11.5, 22)], 4.4)
        _line(painter, [(20.5, 10), (20.5, 22)], 4.4)
    elif shape is Shape.ATTENTION:
        _line(painter, [(16, 11.5), (16, 18.5)], 3.8)
        _line(painter, [(16, 24), (16, 24.01)], 4)
    else:
        _line(painter, [(10.5, 10.5), (21.5, 21.5)], 4)
        _line(painter, [(21.5, 10.5), (10.5, 21.5)], 4)


def _line(painter: QPainter, points: list[tuple[float, float]], width: float) -> None:
    pen = QPen(Qt.GlobalColor.black, width)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in points]))


def _arrows(painter: QPainter, colour: QColor, degrees: float) -> None:
    """Two arrows that follow each other round the middle."""
    pen = QPen(colour, 3.4)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    head = QPolygonF([QPointF(18.6, 16.6), QPointF(28, 16.6), QPointF(23.3, 22.4)])
    painter.save()
    painter.translate(16, 16)
    painter.rotate(degrees)
    for _ in range(2):
        painter.translate(-16, -16)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawArc(QRectF(8.7, 8.7, 14.6, 14.6), 0, 125 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(head)
        painter.translate(16, 16)
        painter.rotate(180)
    painter.restore()
