"""The parts of the engine, put together: who is given whom."""

from __future__ import annotations

from dataclasses import dataclass

from syncgui.engine.environment import Environment, Signal
from syncgui.engine.events import Listener
from syncgui.engine.first_contact import FirstContact
from syncgui.engine.gate import Gate
from syncgui.engine.index_keeper import IndexKeeper
from syncgui.engine.neighbours import NeighbourWatch
from syncgui.engine.news import News
from syncgui.engine.orders import Orders
from syncgui.engine.outage import Outage
from syncgui.engine.own_worker import Identity, OwnWorker
from syncgui.engine.progress_notes import ProgressNotes
from syncgui.engine.recorder import Recorder
from syncgui.engine.recovery import Recovery
from syncgui.engine.rights import Rights, living
from syncgui.engine.root_guard import RootGuard
from syncgui.engine.served_projects import ProjectSource, ServedProjects
from syncgui.engine.site_access import SiteAccesses
from syncgui.engine.strangers import StrangerWatch
from syncgui.engine.surroundings import Surroundings
from syncgui.engine.teller import Teller
from syncgui.engine.traffic import Traffic
from syncgui.engine.trash_rounds import TrashRounds
from syncgui.index import Index, Indexer
from syncgui.model.leases import new_worker
from syncgui.state import StateFile
from syncgui.store.abstract_store import Store


@dataclass(frozen=True, slots=True)
class Given:
    """What the engine works on and with. `jobs`, `agreed`: see `Loop`."""

    store: Store
    index: Index
    state: StateFile
    projects: ProjectSource
    environment: Environment
    identity: Identity
    listener: Listener
    jobs: int | None
    agreed: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop drives. `stopping`: set when everything is to end; `bell`: when a round is due."""

    bell: Signal
    stopping: Signal
    gate: Gate
    orders: Orders
    teller: Teller
    outage: Outage
    rights: Rights
    accesses: SiteAccesses
    keeper: IndexKeeper
    recorder: Recorder
    progress: ProgressNotes
    contact: FirstContact
    traffic: Traffic
    trash: TrashRounds
    own: OwnWorker
    projects: ServedProjects
    around: Surroundings
    news: News


def put_together(given: Given) -> Parts:
    """All parts, knowing each other."""
    store, state, environment = given.store, given.state, given.environment
    clock = environment.clock
    worker = new_worker(environment.random)
    bell, stopping = environment.signal(), environment.signal()
    gate = Gate(environment)
    teller = Teller(clock, given.listener)
    rights = Rights(store, clock, teller)
    indexer = Indexer(
        given.index,
        store,
        is_alive=living(store),
        wall_clock=clock.wall_s,
        steady_clock=clock.steady_s,
    )
    keeper = IndexKeeper(given.index, store, indexer, clock)
    accesses = SiteAccesses(environment)
    recorder = Recorder(store, state, worker, clock, rights)
    recovery = Recovery(store, state, accesses, clock)
    traffic = Traffic(
        worker=worker,
        store=store,
        index=given.index,
        state=state,
        environment=environment,
        accesses=accesses,
        recorder=recorder,
        recovery=recovery,
        gate=gate,
        teller=teller,
        bell=bell,
        jobs=given.jobs,
    )
    own = OwnWorker(
        worker,
        given.identity,
        store=store,
        state=state,
        environment=environment,
        rights=rights,
        recorder=recorder,
        recovery=recovery,
        traffic=traffic,
    )
    neighbours = NeighbourWatch(store, state, teller, host=given.identity.host, hold_sites=traffic.hold_sites)
    strangers = StrangerWatch(given.index, clock, teller)
    projects = ServedProjects(
        given.projects,
        own=own,
        rights=rights,
        keeper=keeper,
        traffic=traffic,
        neighbours=neighbours,
        teller=teller,
    )
    around = Surroundings(
        clock=clock,
        projects=projects,
        own=own,
        rights=rights,
        keeper=keeper,
        recovery=recovery,
        neighbours=neighbours,
        strangers=strangers,
    )
    news = News(
        waiting=environment.signal(),
        bell=bell,
        is_ending=stopping.is_set,
        clock=clock,
        keeper=keeper,
        projects=projects,
        rights=rights,
        strangers=strangers,
        teller=teller,
        traffic=traffic,
    )
    return Parts(
        bell=bell,
        stopping=stopping,
        gate=gate,
        orders=Orders(state, gate, clock),
        teller=teller,
        outage=Outage(clock, teller),
        rights=rights,
        accesses=accesses,
        keeper=keeper,
        recorder=recorder,
        progress=ProgressNotes(store, clock, rights, environment.noting),
        contact=FirstContact(state, given.index, store.identity, agreed=given.agreed),
        traffic=traffic,
        trash=TrashRounds(
            environment,
            accesses,
            RootGuard(
                state,
                given.index,
                store,
                lambda: {name: one.settings for name, one in projects.every.items()},
                clock,
            ),
            gate,
        ),
        own=own,
        projects=projects,
        around=around,
        news=news,
    )
