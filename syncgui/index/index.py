"""The index as others read it: quick answers, the same at ten thousand and at a million representations.

An answer may be older than the store (`as_of`): the index proposes, the store decides. Any thread may
ask; an index that nobody has made yet answers as an empty one. Only `Indexer` writes, but for notes.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import apsw

from syncgui.index import open_queries, project_queries, statements, table
from syncgui.index.index_file import IndexFile
from syncgui.index.index_writer import set_meta
from syncgui.index.reading import number_of
from syncgui.index.search_text import search_words
from syncgui.index.values import FileProblem, Movement, OpenEntry, Row, Totals, View
from syncgui.model.edits import Target
from syncgui.model.status import Pair, Status


class Index:
    """The index file of one database on this machine.

    Args:
        path: the file, on a local disk. It is made, or made anew when it is damaged, of another schema or
            of another database, by the process that becomes the writer.
        identity: the store's identity.
    """

    def __init__(self, path: Path, *, identity: str) -> None:
        self.file = IndexFile(path, identity)
        self._views: Mapping[str, View] = {}

    # -- who writes ----------------------------------------------------------------------------------

    def become_writer(self) -> bool:
        """Become the one process of this machine that writes the index; False while another one is.

        Raises:
            DatabaseUnreachableError: the file can not be made.
        """
        return self.file.become_writer()

    @property
    def is_writer(self) -> bool:
        """Whether this process writes the index."""
        return self.file.is_writer

    def close(self) -> None:
        """Close the connections of all threads; another process may become the writer."""
        self.file.close()

    def use_views(self, views: Mapping[str, View]) -> None:
        """Look at these projects in this way, in this process, from now on; `Indexer.set_views` calls it."""
        self._views = dict(views)

    def view(self, project: str) -> View | None:
        """How the project is looked at: as set here, else as the writer has it."""
        return self._views.get(project) or self.file.read(lambda db: project_queries.stored_view(db, project))

    # -- how fresh -----------------------------------------------------------------------------------

    def cursor(self) -> str | None:
        """The store's change cursor up to which the rows are right; None before the first catch-up."""
        return cast("str | None", self._meta("cursor"))

    def as_of(self) -> float | None:
        """Epoch seconds of the last successful catch-up, to within 10 s; None before the first."""
        return cast("float | None", self._meta("as_of"))

    def note(self, key: str) -> str | None:
        """A text that `keep_note` has kept in the index, None if there is none."""
        return cast("str | None", self._meta(f"note:{key}"))

    def keep_note(self, key: str, text: str) -> None:
        """Keep a text as long as the index lasts, for whoever reads it; only in the process that writes."""
        self.file.write(lambda db: set_meta(db, f"note:{key}", text))

    def is_scanned(self, project: str) -> bool:
        """Whether a first scan of the project came to its end: before, sums and entries are a part."""
        return self.file.read(lambda db: project_queries.is_scanned(db, project))

    # -- for the planner -----------------------------------------------------------------------------

    def next_entries(
        self,
        project: str,
        wanting: str,
        holding: str | None,
        *,
        large: bool | None,
        now: float,
        limit: int,
        after: tuple[int, float, int] | None = None,
        ignore_backoff: bool = False,
        since: float | None = None,
        asked: Collection[str] = (),
    ) -> list[OpenEntry]:
        """The first entries that may be taken now, highest priority first, then oldest.

        Left out are paused ones, those whose tries are used up, those that a live worker or a stranger
        is at, and those that wait for a later try.

        Args:
            project: the project.
            wanting: the site to which the files go.
            holding: the site from which; None for files that no site has.
            large: True for files of `LARGE_BYTES` and more, False for the others, None for all.
            now: epoch seconds.
            limit: how many at most.
            after: the `key` of the last entry of the call before.
            ignore_backoff: take also those that wait for a later try.
            since: only of representations published from then on (epoch seconds), or with the priority of
                a person's download or more; None: of all.
            asked: ids of representations that are taken all the same.
        """
        retry_cnt = self._retry_cnt(project)

        def query(db: apsw.Connection) -> list[OpenEntry]:
            flow = _flow(db, project, wanting, holding, retry_cnt, now)
            number = project_queries.number(db, project)
            newest = None if since is None else open_queries.Newest(number, since, asked)
            return open_queries.next_entries(
                db,
                flow,
                large=large,
                limit=limit,
                after=after,
                ignore_backoff=ignore_backoff,
                newest=newest,
            )

        return self.file.read(query)

    def same_path(
        self,
        project: str,
        wanting: str,
        holding: str | None,
        path_keys: Sequence[str],
        now: float | None = None,
    ) -> list[OpenEntry]:
        """Entries that may be taken now, of any representation that lists one of these paths.

        At most 1,000: what is left out is found to be there already when it is its turn. `now`: epoch
        seconds, None for this machine's clock.
        """
        retry_cnt = self._retry_cnt(project)
        moment = time.time() if now is None else now

        def query(db: apsw.Connection) -> list[OpenEntry]:
            flow = _flow(db, project, wanting, holding, retry_cnt, moment)
            return open_queries.same_path(db, flow, path_keys)

        return self.file.read(query)

    def next_due(
        self, project: str, wanting: str, holding: str | None, now: float | None = None
    ) -> float | None:
        """The earliest time in the future (epoch seconds) at which a waiting entry may be taken."""
        retry_cnt = self._retry_cnt(project)
        moment = time.time() if now is None else now

        def query(db: apsw.Connection) -> float | None:
            return open_queries.next_due(db, _flow(db, project, wanting, holding, retry_cnt, moment))

        return self.file.read(query)

    def leased_workers(self) -> set[str]:
        """The workers that have an entry of any project, as far as the index knows."""
        return self.file.read(open_queries.leased_workers)

    def present_sample(
        self,
        project: str,
        site: str,
        root_names: Collection[str] | None = None,
        limit: int = 20,
    ) -> list[str]:
        """Ids of representations with a file on the site, spread over the project.

        Args:
            project: the project.
            site: the site.
            root_names: only files below these roots, as the records name them; None for any.
            limit: how many at most.
        """
        return self.file.read(
            lambda db: project_queries.present_sample(
                db, project_queries.number(db, project), site, root_names, limit
            )
        )

    def entries_of(self, project: str, site: str) -> int:
        """How many files the records say lie on a site, whether or not it is one of the pair.

        Walks through what lies there: about 0.2 s for a million representations.
        """
        return self.file.read(
            lambda db: project_queries.entries_of(db, project_queries.number(db, project), site)
        )

    def movement(self) -> Movement:
        """What other sync programs move in all projects: entries that moved without a lease of ours."""
        return self.file.read(project_queries.movement)

    # -- sums ----------------------------------------------------------------------------------------

    def totals(self, project: str) -> Totals:
        """Counts by status, read from sums that are kept."""
        return self.file.read(lambda db: project_queries.totals(db, project))

    def open_files(self, project: str, pair: Pair) -> int:
        """How many files of a pair, whichever it is, are queued, in progress, retrying or failed."""
        return self._open_sums(project, pair)[0]

    def open_size(self, project: str, pair: Pair) -> tuple[int, int]:
        """Files and bytes of a pair that are queued, in progress or retrying."""
        sums = self._open_sums(project, pair)
        return sums[1], sums[2]

    def problems(self, project: str, limit: int) -> tuple[int, list[FileProblem]]:
        """How many problems the view's pair has, and the first: failed, then retrying files, odd records."""
        view = self.view(project)
        pair, retry_cnt = (view.pair, view.retry_cnt) if view else (Pair("", None), 1)

        def query(db: apsw.Connection) -> tuple[int, list[FileProblem]]:
            number = project_queries.number(db, project)
            failing = open_queries.open_sums(db, number, pair, retry_cnt)[3]
            first = open_queries.problems(db, number, pair, retry_cnt=retry_cnt, limit=limit)
            odd, notes = project_queries.odd(db, project, limit - len(first))
            return failing + odd, [*first, *notes]

        return self.file.read(query)

    def failed_targets(self, project: str) -> Iterator[list[Target]]:
        """Every entry with an error or tries, in chunks; each chunk is read when it is asked for."""
        last = 0
        while True:
            last, targets = self._failed_after(project, last)
            if not targets:
                return
            yield targets

    # -- for the table -------------------------------------------------------------------------------

    def representation_ids(
        self,
        project: str,
        *,
        sort: str = "default",
        descending: bool = False,
        statuses: Collection[Status] | None = None,
        search: str = "",
    ) -> array[int]:
        """Row ids of representations, sorted.

        Args:
            project: the project.
            sort: a key of `table.SORTS`. "default": failed, retrying, in progress, queued, then newest.
            descending: the other way round.
            statuses: only rows in one of these; `NOT_REQUESTED` stands for "available here". None: all.
            search: words, all of which a row must have, plain text, without case; or one path, as any
                system writes it.

        Raises:
            ValueError: no such way to sort.
        """
        view = self.view(project)
        words = search_words(search, view.known_roots if view else {})
        return self.file.read(
            lambda db: table.representation_ids(
                db,
                project_queries.number(db, project),
                sort=sort,
                descending=descending,
                statuses=statuses,
                words=words,
            )
        )

    def rows(self, row_ids: Sequence[int]) -> list[Row]:
        """The rows of one page; ids that are gone are left out."""
        return self.file.read(lambda db: table.rows(db, row_ids))

    def find(self, project: str, representation_id: str) -> Row | None:
        """The row of one representation."""

        def query(db: apsw.Connection) -> Row | None:
            values = (project_queries.number(db, project), representation_id)
            row_id = number_of(db, statements.ROW_ID, values)
            return None if row_id is None else table.rows(db, [row_id])[0]

        return self.file.read(query)

    # -- private -------------------------------------------------------------------------------------

    def _retry_cnt(self, project: str) -> int:
        view = self.view(project)
        return view.retry_cnt if view else 1

    def _failed_after(self, project: str, last: int) -> tuple[int, list[Target]]:
        return self.file.read(
            lambda db: open_queries.failed_targets(db, project_queries.number(db, project), last)
        )

    def _meta(self, key: str) -> str | float | None:
        row = self.file.read(lambda db: db.execute(statements.META, (key,)).fetchone())
        return cast("str | float", row[0]) if row else None

    def _open_sums(self, project: str, pair: Pair) -> tuple[int, int, int, int]:
        retry_cnt = self._retry_cnt(project)
        return self.file.read(
            lambda db: open_queries.open_sums(db, project_queries.number(db, project), pair, retry_cnt)
        )


def _flow(
    db: apsw.Connection, project: str, wanting: str, holding: str | None, retry_cnt: int, now: float
) -> open_queries.FlowQuery:
    number = open_queries.flow_id(db, project_queries.number(db, project), wanting, holding)
    return open_queries.FlowQuery(project, number, wanting, holding, retry_cnt, now)
