"""Times of files: nanoseconds since 1970 as file systems count them, and aware moments, without loss."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def moment_of(ns: int) -> datetime:
    """The moment, to the microsecond."""
    return _EPOCH + timedelta(microseconds=ns // 1000)


def ns_of(moment: datetime) -> int:
    """Nanoseconds since 1970; exact, as a moment knows only microseconds."""
    return (moment - _EPOCH) // _MICROSECOND * 1000
