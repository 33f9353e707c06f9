"""The first contact of this machine with a database: where much waits, nothing moves until a person says so.

The first time that a pair of sites is served here, what waits for it is added up, after the scan. Up to the
limits everything starts and that is remembered; above them this machine only looks, and a person answers
once: everything, only what is new from now on, or some projects. The rules are pure functions over the
answers that the state file keeps; `FirstContact` asks and keeps for the loop.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from syncgui.engine.route import SyncedProject
from syncgui.index import Index
from syncgui.model.status import Pair
from syncgui.state import EVERYTHING, Answer, ContactKey, Contacts, StateFile, Word

MOST_FILES = 10_000
MOST_BYTES = 10**11

LOOK_ONLY = "look_only"
ONLY_NEW = "only_new"
_UNITS = ("kB", "MB", "GB", "TB", "PB")

Work: TypeAlias = Mapping[str, tuple[int, int]]
"""Files and bytes that wait for a project's pair, by project."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What of a project is not moved: files and bytes that wait, and the pair they wait for.

    `only_before`: None while nothing is moved; else what is published from then on (epoch seconds) is.
    """

    pair: Pair
    files: int = 0
    size_bytes: int = 0
    only_before: float | None = None

    @property
    def looks_only(self) -> bool:
        """Whether nothing at all is moved."""
        return self.only_before is None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What of a project may be moved.

    Args:
        since: only what is published from then on (epoch seconds); None: everything.
        asked: ids of representations that may be moved all the same.
    """

    since: float | None = None
    asked: frozenset[str] = frozenset()


# -- answers -----------------------------------------------------------------------------------------


def key_of(pair: Pair, project: str = "") -> ContactKey:
    """Where the answer about a pair stands, for one project or for all; the order of the sites is none."""
    one, other = sorted((pair.active, pair.remote or ""))
    return one, other, project


def answer_of(contacts: Contacts, pair: Pair, project: str) -> Answer | None:
    """The answer that holds for a project; None: this is the first contact."""
    keys = (key_of(pair, project), key_of(pair), EVERYTHING)
    return next((contacts[key] for key in keys if key in contacts), None)


def to_start(contacts: Contacts, pair: Pair) -> Contacts:
    """Everything of a pair is moved from now on."""
    return {key: Answer(Word.ALL) for key in contacts if key[:2] == key_of(pair)[:2]}


def to_start_new(contacts: Contacts, pair: Pair, now: float) -> Contacts:
    """Of what is held back only that is moved which is published from now on (epoch seconds)."""
    answer = Answer(Word.NEW, float(int(now)))  # an id tells seconds
    of_pair = [key for key in contacts if key[:2] == key_of(pair)[:2]]
    return {key: answer for key in of_pair if contacts[key].word is Word.LOOK}


def to_start_some(contacts: Contacts, pair: Pair, held: Collection[str], chosen: Collection[str]) -> Contacts:
    """Of the projects that are held back the chosen ones start, the others wait to be chosen."""
    words = {name: Word.ALL if name in chosen else Word.LOOK for name in held}
    answers = {key_of(pair, name): Answer(word) for name, word in words.items()}
    # What is not among them now, a project of next year, starts by itself.
    return {**answers, key_of(pair): Answer(Word.ALL)} if key_of(pair) in contacts else answers


def judged(contacts: Contacts, projects: Mapping[str, SyncedProject], work: Work) -> Contacts:
    """What the first contact with each pair that has no answer yet comes to.

    Args:
        projects: all of the store's.
        work: of those that are served, and indexed to the end.
    """
    answers: dict[ContactKey, Answer] = {}
    for pair, names in _by_pair(projects, _unanswered(contacts, projects)).items():
        files, size_bytes = added(work[name] for name in names)
        is_much = files > MOST_FILES or size_bytes > MOST_BYTES
        word = Word.LOOK if is_much else Word.ALL
        # Projects that this program does not serve were not counted: they meet the pair another time.
        answers.update({key: Answer(word) for key in _keys(pair, names, whole=_is_whole(projects, pair))})
    return answers


def held_back(contacts: Contacts, projects: Mapping[str, SyncedProject], work: Work) -> dict[str, HeldBack]:
    """The projects that are not moved, or not wholly, by name."""
    found: dict[str, HeldBack] = {}
    for name in _served(projects):
        pair = projects[name].pair
        answer = answer_of(contacts, pair, name)
        if answer is not None and answer.word is Word.LOOK:
            found[name] = HeldBack(pair, *work.get(name, (0, 0)))
        elif answer is not None and answer.word is Word.NEW:
            found[name] = HeldBack(pair, only_before=answer.since)
    return found


# -- words -------------------------------------------------------------------------------------------


def sentence_of(held: Mapping[str, HeldBack], project: str) -> tuple[str, str, str]:
    """Code, sentence and next step about a project that is held back."""
    one = held[project]
    if one.only_before is not None:
        return (
            ONLY_NEW,
            f"What waited for {one.pair.remote} at the first contact is left: only new files are moved",
            "To move everything: syncgui sync --yes",
        )
    return LOOK_ONLY, wait_sentence(held, one.pair), "Nothing is moved until you say so: syncgui sync --yes"


def wait_sentence(held: Mapping[str, HeldBack], pair: Pair) -> str:
    """ "18,402 files, 41 TB wait for gdrive"."""
    files, size_bytes = waiting(held, pair)
    if not files:
        return f"Nothing waits for {pair.remote} at the moment"
    count = "1 file" if files == 1 else f"{files:,} files"
    return f"{count}, {_size_text(size_bytes)} {'waits' if files == 1 else 'wait'} for {pair.remote}"


def waiting(held: Mapping[str, HeldBack], pair: Pair) -> tuple[int, int]:
    """Files and bytes that wait for a pair in all projects that only look."""
    return added((one.files, one.size_bytes) for one in held.values() if one.looks_only and one.pair == pair)


def added(amounts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """The sum of files and bytes."""
    files = size_bytes = 0
    for more, bytes_more in amounts:
        files, size_bytes = files + more, size_bytes + bytes_more
    return files, size_bytes


# -- looking -----------------------------------------------------------------------------------------


def outlook(
    state: StateFile, index: Index, store: str, projects: Mapping[str, SyncedProject]
) -> dict[str, HeldBack]:
    """What is held back, or would be once a loop ran here; nothing is kept. `store`: its identity."""
    contacts: Contacts = state.contacts(store)
    work = _work(index, projects, _served(projects))
    if all(index.is_scanned(name) for name in _unanswered(contacts, projects)):
        contacts = {**judged(contacts, projects, work), **contacts}
    return held_back(contacts, projects, work)


class FirstContact:
    """Tells the loop what may be moved. Owned by the loop's thread.

    Args:
        store: the store's identity.
        agreed: a person said already that everything is to start.
    """

    def __init__(self, state: StateFile, index: Index, store: str, *, agreed: bool = False) -> None:
        self._state = state
        self._index = index
        self._store = store
        self._agreed = agreed
        self.held: Mapping[str, HeldBack] = {}
        self.is_undecided = False  # nothing is moved yet since not everything is indexed: look again soon
        self._settled: dict[str, Pair] = {}  # where everything may be moved; that is never taken back

    def look(self, projects: Mapping[str, SyncedProject], *, is_caught_up: bool) -> dict[str, Allowance]:
        """What may be moved now, by project; nothing of those that are missing.

        Args:
            projects: all of the store's.
            is_caught_up: whether the index has what the store had a moment ago.

        Raises:
            DatabaseUnreachableError: the state file or the index can not be read.
        """
        served = _served(projects)
        if all(self._settled.get(name) == projects[name].pair for name in served):
            self.held, self.is_undecided = {}, False
            return {name: Allowance() for name in served}
        contacts = self._answered(projects)
        unanswered = _unanswered(contacts, projects)
        if unanswered and is_caught_up and all(map(self._index.is_scanned, unanswered)):
            self._state.meet(
                self._store, judged(contacts, projects, _work(self._index, projects, unanswered))
            )
            contacts = self._state.contacts(self._store)
        self.is_undecided = bool(_unanswered(contacts, projects))
        looking = [name for name in served if _word(contacts, projects[name]) is Word.LOOK]
        self.held = held_back(contacts, projects, _work(self._index, projects, looking))
        return self._allowances(contacts, projects, served)

    def _answered(self, projects: Mapping[str, SyncedProject]) -> Contacts:
        contacts = self._state.contacts(self._store)
        names = [name for name in _served(projects) if _word(contacts, projects[name]) is not Word.ALL]
        if not self._agreed or not names:
            return contacts
        answers: dict[ContactKey, Answer] = {}
        for pair, of_pair in _by_pair(projects, names).items():
            whole = _is_whole(projects, pair)
            keys = _keys(pair, of_pair, whole=whole)
            answers.update({key: Answer(Word.ALL) for key in keys})
            if whole:
                answers.update(to_start(contacts, pair))
        self._state.answer(self._store, answers)
        return self._state.contacts(self._store)

    def _allowances(
        self, contacts: Contacts, projects: Mapping[str, SyncedProject], served: Iterable[str]
    ) -> dict[str, Allowance]:
        found: dict[str, Allowance] = {}
        for name in served:
            answer = answer_of(contacts, projects[name].pair, name)
            if answer is None or answer.word is Word.LOOK:
                continue
            if answer.word is Word.NEW:
                found[name] = Allowance(answer.since, self._state.asked(self._store, name))
            else:
                found[name] = Allowance()
                self._settled[name] = projects[name].pair
        return found


def _served(projects: Mapping[str, SyncedProject]) -> list[str]:
    """The projects whose files this program may move."""
    return [name for name, one in projects.items() if one.routes]


def _unanswered(contacts: Contacts, projects: Mapping[str, SyncedProject]) -> list[str]:
    return [name for name in _served(projects) if _word(contacts, projects[name]) is None]


def _word(contacts: Contacts, project: SyncedProject) -> Word | None:
    answer = answer_of(contacts, project.pair, project.name)
    return answer.word if answer is not None else None


def _by_pair(projects: Mapping[str, SyncedProject], names: Iterable[str]) -> dict[Pair, list[str]]:
    found: dict[tuple[str, str], list[str]] = {}
    for name in names:
        found.setdefault(key_of(projects[name].pair)[:2], []).append(name)
    return {projects[these[0]].pair: these for these in found.values()}


def _is_whole(projects: Mapping[str, SyncedProject], pair: Pair) -> bool:
    """Whether this program serves every project of a pair."""
    return all(one.is_served for one in projects.values() if key_of(one.pair) == key_of(pair))


def _keys(pair: Pair, names: Iterable[str], *, whole: bool) -> list[ContactKey]:
    return [key_of(pair)] if whole else [key_of(pair, name) for name in names]


def _work(index: Index, projects: Mapping[str, SyncedProject], names: Iterable[str]) -> Work:
    return {name: index.open_size(name, projects[name].pair) for name in names}


def _size_text(size_bytes: int) -> str:
    """ "981 MB", "4.1 TB": in powers of 1000, one decimal below 10, as the window says it."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    size, power = size_bytes / 1000, 0
    while size >= 999.5 and power < len(_UNITS) - 1:
        size, power = size / 1000, power + 1
    return f"{size:.1f} {_UNITS[power]}" if round(size, 1) < 10 else f"{size:.0f} {_UNITS[power]}"
