"""What every store must do: who lives, and what is taken over from the dead."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack

import pytest

from syncgui.model.edits import Claim, Edit, Wish
from syncgui.model.representation import read_representation
from tests.store.contract import PROJECT, Stores, only, target
from tests.store.documents import file, representation, wanted
from tests.store.other_process import claim_one_by_one, join, leases, other_process

ENTRIES = 200


class WorkersContract:
    """One entry, one worker."""

    def test_a_worker_lives_from_joining_to_closing(self, stores: Stores) -> None:
        one, other = stores.open(), stores.open()
        assert not one.may_commit()
        join(one, "w-one")
        assert one.may_commit()
        assert one.is_alive("w-one")
        assert other.is_alive("w-one")
        assert not other.may_commit()
        (record,) = other.workers()
        assert (record.name, record.host, record.user, record.local_id) == (
            "w-one",
            "ws1",
            "anna",
            "anna-ws1",
        )
        assert record.alive
        one.close()
        assert not other.is_alive("w-one")
        assert other.workers() == []
        assert not one.may_commit()

    def test_a_worker_stands_well_from_joining_to_closing(self, stores: Stores) -> None:
        store = stores.open()
        assert not store.membership().may_commit
        join(store, "w-one")
        first = store.membership()
        assert (first.may_commit, first.is_over) == (True, False)
        assert store.membership() == first
        store.close()
        assert (store.membership().may_commit, store.membership().is_over) == (False, True)

    def test_a_program_has_ended_when_it_was_killed_not_when_it_is_stopped(self, stores: Stores) -> None:
        store = stores.open()
        join(store, "w-one")
        assert not store.has_ended("w-one")
        assert store.has_ended("w-unknown")
        with other_process("live", stores.address, "w-other") as other:
            other.stop()
            assert not store.has_ended("w-other")
            other.kill()
            assert store.has_ended("w-other")

    @pytest.mark.parametrize("name", ["", "..", "../w-one", "W-ONE", "w" * 25, "w_one", "w-one\n", "unknown"])
    def test_who_never_joined_is_dead(self, stores: Stores, name: str) -> None:
        store = stores.open()
        join(store, "w-one")
        assert not store.is_alive(name)
        store.forget(name)
        assert store.may_commit()

    @pytest.mark.parametrize("name", ["", "..", "../w-one", "W-ONE", "w" * 25])
    def test_a_name_that_can_not_be_a_workers_is_refused(self, stores: Stores, name: str) -> None:
        with pytest.raises(ValueError, match="worker"):
            join(stores.open(), name)

    def test_joining_again_lets_the_former_worker_go(self, stores: Stores) -> None:
        one, other = stores.open(), stores.open()
        join(one, "w-one")
        join(one, "w-two")
        assert [worker.name for worker in other.workers()] == ["w-two"]
        assert not other.is_alive("w-one")
        assert other.is_alive("w-two")

    def test_a_live_worker_is_not_forgotten(self, stores: Stores) -> None:
        one, other = stores.open(), stores.open()
        join(one, "w-one")
        other.forget("w-one")
        one.forget("w-one")
        assert other.is_alive("w-one")
        assert one.may_commit()
        assert len(other.workers()) == 1

    def test_a_killed_worker_is_dead_and_can_be_forgotten(self, stores: Stores) -> None:
        store = stores.open()
        with other_process("live", stores.address, "w-other") as other:
            assert store.is_alive("w-other")
            other.kill()
            assert not store.is_alive("w-other")
            (record,) = store.workers()
            assert (record.name, record.alive) == ("w-other", False)
            store.forget("w-other")
            assert store.workers() == []

    def test_a_killed_workers_lease_is_taken_over(self, stores: Stores) -> None:
        store = stores.open()
        join(store, "w-one")
        document = representation(files=[file(sites=[wanted("gdrive", lease="w-other:7")])])
        store.insert(PROJECT, [document])
        with other_process("live", stores.address, "w-other") as other:
            store.claim(PROJECT, [Claim(target(document), "w-one:1")])
            assert leases(store, PROJECT, "gdrive") == {target(document): "w-other:7"}
            other.kill()
            store.claim(PROJECT, [Claim(target(document), "w-one:2")])
            assert leases(store, PROJECT, "gdrive") == {target(document): "w-one:2"}

    def test_retry_takes_no_file_from_a_live_worker_that_tries_it_again(self, stores: Stores) -> None:
        store = stores.open()
        document = representation(files=[file(sites=[wanted("gdrive", lease="w-other:7", tries=2)])])
        store.insert(PROJECT, [document])
        retry = [Edit(target(document), Wish.RETRY)]
        with other_process("live", stores.address, "w-other") as other:
            assert store.edit(PROJECT, retry) == 0
            assert leases(store, PROJECT, "gdrive") == {target(document): "w-other:7"}
            other.kill()
            assert store.edit(PROJECT, retry) == 1
            assert leases(store, PROJECT, "gdrive") == {target(document): None}

    def test_a_stopped_workers_lease_stays(self, stores: Stores) -> None:
        store = stores.open()
        join(store, "w-one")
        document = representation(files=[file(sites=[wanted("gdrive", lease="w-other:7")])])
        store.insert(PROJECT, [document])
        with other_process("live", stores.address, "w-other") as other:
            other.stop()
            try:
                store.claim(PROJECT, [Claim(target(document), "w-one:1")])
                assert leases(store, PROJECT, "gdrive") == {target(document): "w-other:7"}
            finally:
                other.kill()

    def test_a_lease_that_is_none_of_ours_is_replaced(self, stores: Stores) -> None:
        store = stores.open()
        join(store, "w-one")
        odd: list[object] = ["", "stranger", 7, "w-one", "W:1", {"a": 1}]
        files = [file(sites=[wanted("gdrive", lease=lease)]) for lease in odd]
        document = representation(files=files)
        store.insert(PROJECT, [document])
        store.claim(
            PROJECT,
            [Claim(target(document, position=number), f"w-one:{number}") for number in range(len(odd))],
        )
        found = read_representation(only(store, document)).files
        assert [one.entries["gdrive"].lease for one in found] == [f"w-one:{n}" for n in range(len(odd))]

    def test_the_own_lease_is_not_replaced_by_another_of_ours(self, stores: Stores) -> None:
        store = stores.open()
        join(store, "w-one")
        document = representation()
        store.insert(PROJECT, [document])
        store.claim(PROJECT, [Claim(target(document), "w-one:1"), Claim(target(document), "w-one:2")])
        store.claim(PROJECT, [Claim(target(document), "w-one:3")])
        assert leases(store, PROJECT, "gdrive") == {target(document): "w-one:1"}

    def test_racing_threads_claim_each_entry_once(self, stores: Stores) -> None:
        views = {f"w-{number}": stores.open() for number in range(4)}
        first = views["w-0"]
        first.insert(PROJECT, [representation() for _ in range(ENTRIES)])
        had: dict[str, list[str]] = {}
        start = threading.Barrier(len(views))

        def race(worker: str) -> None:
            join(views[worker], worker)
            start.wait()
            had[worker] = claim_one_by_one(views[worker], worker, PROJECT, "gdrive")

        threads = [threading.Thread(target=race, args=(worker,), name=worker) for worker in views]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        claimed = [lease for worker in views for lease in had[worker]]
        assert len(claimed) == ENTRIES
        assert sorted(claimed) == sorted(map(str, leases(first, PROJECT, "gdrive").values()))

    def test_racing_programs_claim_each_entry_once(self, stores: Stores) -> None:
        store = stores.open()
        store.insert(PROJECT, [representation(files=[file(), file()]) for _ in range(ENTRIES // 2)])
        with ExitStack() as stack:
            others = [
                stack.enter_context(other_process("race", stores.address, f"w-{n}", PROJECT, "gdrive"))
                for n in range(3)
            ]
            for other in others:
                other.say()
            claimed = [lease for other in others for lease in json.loads(other.hear())]
        assert len(claimed) == ENTRIES
        assert sorted(claimed) == sorted(map(str, leases(store, PROJECT, "gdrive").values()))
