"""Figures as people read them: sizes, speeds, ages, clock times, time left.

Pure functions of plain values; nothing here knows a widget. Sizes are bytes and shown in powers of 1000, as
disks and lines are sold; times are epoch seconds and shown in this machine's time zone. Every text goes
through `tr`.
"""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime

from syncgui.views.texts import tr

_UNITS = ("kB", "MB", "GB", "TB", "PB")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
_LAST_EPOCH = 253_370_764_800.0  # a day before the year 10000, which no calendar here knows
_NEARLY_THE_SAME = 1.3
_STEP_MINUTES = 10  # above an hour a guess is not better than that


def size_text(size_bytes: int) -> str:
    """ "0 B", "981 MB", "70.3 GB": one decimal below 100."""
    number, unit = _scaled(max(size_bytes, 0), 100)
    return tr("{number} {unit}").format(number=number, unit=tr(unit))


def rough_size_text(size_bytes: int) -> str:
    """ "981 MB", "4.1 TB", "41 TB": one decimal below 10, for what nobody counts exactly."""
    number, unit = _scaled(max(size_bytes, 0), 10)
    return tr("{number} {unit}").format(number=number, unit=tr(unit))


def speed_text(bytes_per_s: float) -> str:
    """ "0 B/s", "8.3 MB/s", "42 MB/s": one decimal below 10."""
    number, unit = _scaled(int(max(bytes_per_s, 0.0)), 10)
    return tr("{number} {unit}/s").format(number=number, unit=tr(unit))


def age_text(then: float, now: float) -> str:
    """How long ago: "now", "3 min", "2 h"; from a day on the date, "3 May" or "3 May 2022"."""
    age = now - then
    if -_MINUTE < age < _MINUTE:
        return tr("now")
    if 0 < age < _HOUR:
        return tr("{minutes} min").format(minutes=int(age // _MINUTE))
    if 0 < age < _DAY:
        return tr("{hours} h").format(hours=int(age // _HOUR))
    return date_text(then, now)


def date_text(then: float, now: float) -> str:
    """ "3 May", with the year when it is another one than that of `now`."""
    when = _local(then)
    month = tr(_MONTHS[when.month - 1])
    if when.year == _local(now).year:
        return tr("{day} {month}").format(day=when.day, month=month)
    return tr("{day} {month} {year}").format(day=when.day, month=month, year=when.year)


def clock_text(epoch: float, now: float | None = None) -> str:
    """ "14:32"; of another day than that of `now` (None: this machine's clock) "3 May 14:32"."""
    moment = time.time() if now is None else now
    when = _local(epoch)
    clock = f"{when.hour:02}:{when.minute:02}"
    if when.date() == _local(moment).date():
        return clock
    return tr("{date} {clock}").format(date=date_text(epoch, moment), clock=clock)


def left_text(seconds_left: tuple[float, float]) -> str:
    """A guess of seconds, shortest and longest: "about 12 min", "1 h 10 min to 2 h"."""
    low, high = max(min(seconds_left), 0.0), max(*seconds_left, 0.0)
    if high < _MINUTE:
        return tr("less than a minute")
    if not math.isfinite(high):
        return tr("more than {low}").format(low=_duration(low)) if math.isfinite(low) else ""
    shortest, longest = _duration(low), _duration(high)
    if shortest == longest or high <= low * _NEARLY_THE_SAME:
        return tr("about {duration}").format(duration=_duration((low + high) / 2))
    return tr("{low} to {high}").format(low=shortest, high=longest)


def _scaled(size_bytes: int, decimal_below: int) -> tuple[str, str]:
    if size_bytes < 1000:
        return str(size_bytes), "B"
    size, power = size_bytes / 1000, 0
    while size >= 999.5 and power < len(_UNITS) - 1:
        size, power = size / 1000, power + 1
    rounded = round(size, 1)
    return (f"{rounded:.1f}" if rounded < decimal_below else f"{size:.0f}"), _UNITS[power]


def _duration(seconds: float) -> str:
    minutes = max(round(seconds / _MINUTE), 1)
    if minutes < 60:
        return tr("{minutes} min").format(minutes=minutes)
    if seconds >= 2 * _DAY:
        return tr("{days} days").format(days=round(seconds / _DAY))
    if seconds >= 10 * _HOUR:
        return tr("{hours} h").format(hours=round(seconds / _HOUR))
    hours, rest = divmod(round(minutes / _STEP_MINUTES) * _STEP_MINUTES, 60)
    if not rest:
        return tr("{hours} h").format(hours=hours)
    return tr("{hours} h {minutes} min").format(hours=hours, minutes=rest)


def _local(epoch: float) -> datetime:
    return datetime.fromtimestamp(min(max(epoch, 0.0), _LAST_EPOCH), UTC).astimezone()
