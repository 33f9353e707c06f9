"""What a change stream told lately, kept so that questions need not go to the server.

Every event has a number; a place (the token of an event, or of where the keeping began) says up to which
number somebody knows. Not safe for several threads: the owner has a lock.
"""

from __future__ import annotations

from collections import deque

from syncgui.store.mongo_stream import Event

CAPACITY = 5_000


class EventLog:
    """The newest events. `place` is where it begins, `token` the newest token of the stream.

    Args:
        place: what is known up to where this begins.
        token: where the stream stands.
        capacity: events kept.
    """

    def __init__(self, place: str, token: str, capacity: int = CAPACITY) -> None:
        self.token = token
        self._last = place
        self._events: deque[Event] = deque()
        self._first = 0  # number of the first event kept
        self._numbers = {place: 0}
        self._capacity = capacity

    @property
    def end(self) -> int:
        """The number that the next event gets."""
        return self._first + len(self._events)

    @property
    def last(self) -> str:
        """The place of who knows all that is here."""
        return self._last

    def add(self, event: Event) -> None:
        """One more event, the newest."""
        self._events.append(event)
        self._last = event.token
        self._numbers[event.token] = self.end
        if len(self._events) > self._capacity:
            self._events.popleft()
            self._first += 1
            self._forget_places()

    def note(self, place: str, number: int) -> None:
        """Whoever is at this place knows the events below this number, from elsewhere."""
        if place not in self._numbers:
            self._numbers[place] = number

    def after(self, place: str, limit: int) -> list[Event] | None:
        """Events that are new to whom is at this place; None if that can not be told."""
        number = self._numbers.get(place)
        if number is None or number < self._first:
            return None
        start = number - self._first
        return [self._events[index] for index in range(start, min(start + limit, len(self._events)))]

    def has_after(self, place: str) -> bool:
        """Whether there may be anything new to whom is at this place."""
        number = self._numbers.get(place)
        return number is None or number < self.end

    def _forget_places(self) -> None:
        if len(self._numbers) > 2 * self._capacity:
            self._numbers = {place: at for place, at in self._numbers.items() if at >= self._first}
