"""The database is away, or does not let this user work: nothing is lost, moved twice or tried in vain."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from syncgui.actions import Action, act
from syncgui.application import Application, Options
from syncgui.engine.environment import real_environment
from syncgui.engine.events import Idle, Notice
from syncgui.engine.rights import AGAIN_S
from syncgui.model.errors import DatabaseForbiddenError, DatabaseUnreachableError
from syncgui.providers.file_operations import FileOperations, file_operations
from tests.engine.files import Interrupted
from tests.engine.mongo_studio import MongoStudio, machine, outage_studio, own_server
from tests.engine.studio import PROJECT, Studio, eventually
from tests.servers.mongo_server import MongoServer, User
from tests.servers.refusing_gate import RefusingGate
from tests.store.update_shapes import WATCHED

__all__ = ["machine", "outage_studio", "own_server"]

SECRET = "k8-s3cr3t"
ALL = ({"role": "readWrite", "db": "avalon"}, {"role": "readWrite", "db": "syncgui"})
STEP_DOWN = {189: "PrimarySteppedDown", 10107: "NotWritablePrimary", 11602: "Interrupted", 91: "Shutdown"}


def codes(studio: Studio) -> list[str]:
    """What was told of the database, in order."""
    return [one.code for one in studio.troubles if not one.site]


def untried(studio: Studio, representation: str) -> bool:
    """Whether the entry shows no failure."""
    return not {"tries", "error", "last_failed_dt"} & studio.entry(representation).keys()


def answers_synced(studio: Studio, representation: str) -> bool:
    """Whether the record says that the file is there; False while the server does not answer."""
    try:
        return studio.is_synced(representation)
    except DatabaseUnreachableError:
        return False


# -- away --------------------------------------------------------------------------------------------


def test_a_server_that_is_killed_under_way_costs_nothing(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    ids = [outage_studio.publish([f"{number}.exr"]) for number in range(40)]
    names: list[str] = []

    def before_rename(name: str) -> None:
        names.append(name)
        if len(names) == 10:
            own_server.kill()

    app = outage_studio.application("other", Interrupted(before_rename=before_rename))
    with outage_studio.syncing(app):
        eventually(lambda: "database_unreachable" in codes(outage_studio), "the sentence")
        own_server.start()
        eventually(lambda: all(answers_synced(outage_studio, one) for one in ids), "the records")
    assert sorted(names) == sorted(f"{number}.exr" for number in range(40)), "each is named once"
    assert all(untried(outage_studio, one) for one in ids)


def test_what_arrived_while_the_server_was_away_is_recorded_after_a_restart_of_the_program(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    one = outage_studio.publish(["a.exr"])
    files = Interrupted(before_rename=lambda _: own_server.kill())
    with outage_studio.syncing(outage_studio.application("home", files)) as loop:
        eventually(lambda: "database_unreachable" in codes(outage_studio), "the sentence")
        eventually(lambda: "a.exr" in outage_studio.tree("backup"), "the file")
        loop.stop()
    outage_studio.close()
    own_server.start()
    again = Interrupted()
    with outage_studio.syncing(outage_studio.application("home", again)):
        eventually(lambda: is_recorded(outage_studio, one), "the record")
    assert again.written_bytes == 0
    assert again.renames == 0


def is_recorded(studio: MongoStudio, one: str) -> bool:
    """Whether the record says that the file is on the site; asked by parts of our own."""
    looker = studio.application("looker")
    files = looker.store.read(PROJECT, [one])[0]["files"]
    looker.close()
    assert isinstance(files, list)
    return bool(files[0]["sites"][1].get("created_dt"))


def test_a_server_that_answers_nothing_for_a_while_is_waited_for(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    with outage_studio.syncing() as loop:
        first = outage_studio.publish(["a.exr"])
        eventually(lambda: outage_studio.is_synced(first), "the first file")
        second = outage_studio.publish(["b.exr"])
        own_server.halt()
        loop.sync_now()
        threading.Event().wait(1)
        own_server.go_on()
        eventually(lambda: answers_synced(outage_studio, second), "the second file")
    assert untried(outage_studio, second)


@pytest.mark.parametrize("code", STEP_DOWN, ids=STEP_DOWN.values())
def test_a_primary_that_steps_down_is_waited_for(
    outage_studio: MongoStudio, own_server: MongoServer, code: int
) -> None:
    with outage_studio.syncing():
        first = outage_studio.publish(["a.exr"])
        eventually(lambda: outage_studio.is_synced(first), "the first file")
        second = outage_studio.publish(["b.exr"])
        own_server.fail(["update"], code, times=2)  # the driver itself tries a write twice
        eventually(lambda: answers_synced(outage_studio, second), "the second file")
    assert untried(outage_studio, second)


def test_a_server_that_is_away_at_the_start_is_waited_for(
    outage_studio: MongoStudio, own_server: MongoServer
) -> None:
    one = outage_studio.publish(["a.exr"])
    own_server.kill()
    app = outage_studio.application("other")
    with outage_studio.syncing(app):
        eventually(lambda: "database_unreachable" in codes(outage_studio), "the sentence")
        own_server.start()
        eventually(lambda: answers_synced(outage_studio, one), "the file")


# -- login and rights --------------------------------------------------------------------------------


@pytest.fixture
def guarded(own_server: MongoServer) -> MongoServer:
    """A server that asks for a login: anna may all, bert may read, dora all but in our own database."""
    users = [
        User("root", SECRET, ["root"]),
        User("anna", SECRET, ALL),
        User("bert", SECRET, [{"role": "read", "db": "avalon"}]),
        User("dora", SECRET, [{"role": "readWrite", "db": "avalon"}]),
    ]
    own_server.demand_logins(users, f"root:{SECRET}")
    return own_server


def address(server: MongoServer, user: str) -> str:
    """The address with a login."""
    return f"{server.address('avalon', f'{user}:{SECRET}')}&authSource=admin"


@pytest.fixture
def rights_studio(tmp_path: Path, guarded: MongoServer, machine: None) -> Iterator[MongoStudio]:
    """A studio that works as anna, who may all."""
    found = MongoStudio(tmp_path, address(guarded, "anna"))
    yield found
    found.close()


@pytest.fixture
def gate(guarded: MongoServer) -> Iterator[RefusingGate]:
    """What refuses anna's program single projects."""
    found = RefusingGate(guarded.port)
    yield found
    found.close()


@pytest.fixture
def through_gate(rights_studio: MongoStudio, gate: RefusingGate) -> Application:
    """Anna's program."""
    return with_login(rights_studio, gated_address(gate), "gated")


def gated_address(gate: RefusingGate) -> str:
    """Anna's way through the gate."""
    return f"mongodb://anna:{SECRET}@127.0.0.1:{gate.port}/avalon?authSource=admin&directConnection=true"


def test_a_project_that_may_not_be_written_holds_up_no_other(
    rights_studio: MongoStudio, gate: RefusingGate, through_gate: Application
) -> None:
    secret = rights_studio.publish(["secret.exr"], project="Secret")
    gate.refuse("Secret", ["update"])
    with rights_studio.syncing(through_gate):
        eventually(lambda: bool(idle(rights_studio, "Secret")), "the sentence")
        fine = rights_studio.publish(["fine.exr"])
        eventually(lambda: rights_studio.is_synced(fine), "the other project")
        problems = {
            report.project: [one.code for one in report.problems]
            for report in through_gate.doctor().report(through_gate.projects())
        }
        assert problems == {"Secret": ["database_forbidden"], PROJECT: []}
        gate.allow("Secret")
        rights_studio.clock.advance(AGAIN_S)
        eventually(lambda: "Secret" in synced(rights_studio, secret), "the project that was let in")
    assert "Secret" in idle(rights_studio, "Secret")[0].sentence
    assert codes(rights_studio) == []
    assert idle(rights_studio, "Secret")[-1].sentence == ""


def test_a_project_that_may_not_be_read_holds_up_no_other(
    rights_studio: MongoStudio, gate: RefusingGate, through_gate: Application
) -> None:
    secret = rights_studio.publish(["secret.exr"], project="Secret")
    gate.refuse("Secret", ["find", "aggregate", "count"])
    with rights_studio.syncing(through_gate):
        eventually(lambda: bool(idle(rights_studio, "Secret")), "the sentence")
        fine = rights_studio.publish(["fine.exr"])
        eventually(lambda: rights_studio.is_synced(fine), "the other project")
        gate.allow("Secret")
        rights_studio.clock.advance(AGAIN_S)
        eventually(lambda: "Secret" in synced(rights_studio, secret), "the project that was let in")
    assert codes(rights_studio) == []


def test_what_was_recorded_in_vain_is_kept_until_the_project_lets_us_in(
    rights_studio: MongoStudio, gate: RefusingGate
) -> None:
    one = rights_studio.publish(["a.exr"], project="Secret")

    def refuse(_: str) -> None:
        gate.refuse("Secret", ["update"])

    files = Interrupted(before_rename=refuse)
    gated = with_login(rights_studio, gated_address(gate), "gated", files)
    with rights_studio.syncing(gated):
        eventually(lambda: bool(idle(rights_studio, "Secret")), "the sentence")
        fine = rights_studio.publish(["fine.exr"])
        eventually(lambda: rights_studio.is_synced(fine), "the other project")
        gate.allow("Secret")
        rights_studio.clock.advance(AGAIN_S)
        eventually(lambda: "Secret" in synced(rights_studio, one), "the record")
    assert files.renames == 2


def idle(studio: Studio, project: str) -> list[Idle]:
    """What was told of a project that is left alone."""
    return [one for one in studio.events if isinstance(one, Idle) and one.project == project]


def synced(studio: Studio, representation: str) -> list[str]:
    """The name of the project in which the record says that the file is there."""
    files = studio.document(representation, "Secret")["files"]
    assert isinstance(files, list)
    return ["Secret"] if files[0]["sites"][1].get("created_dt") else []


def test_a_user_who_may_only_read_gets_a_viewer_and_works_when_the_rights_come(
    rights_studio: MongoStudio, guarded: MongoServer
) -> None:
    one = rights_studio.publish(["a.exr"])
    viewer = with_login(rights_studio, address(guarded, "bert"), "bert")
    with rights_studio.syncing(viewer):
        eventually(lambda: viewer.index.find(PROJECT, one) is not None, "the row")
        second = rights_studio.publish(["b.exr"])
        eventually(lambda: viewer.index.find(PROJECT, second) is not None, "the row of a new one")
        assert [notice.code for notice in notices(rights_studio)] == ["viewer"]
        with pytest.raises(DatabaseForbiddenError, match=PROJECT):
            act(viewer, viewer.projects()[PROJECT], [one], Action.PAUSE)
        problems = viewer.doctor().report(viewer.projects())[0].problems
        assert [problem.code for problem in problems] == ["viewer"]
        assert "lease" not in rights_studio.entry(one)
        with guarded.client() as client:
            client.admin.command("grantRolesToUser", "bert", roles=list(ALL))
        guarded.stop()  # this server knows a connection's rights from its beginning
        guarded.start()
        rights_studio.clock.advance(AGAIN_S)
        eventually(lambda: rights_studio.is_synced(one), "the file")
    assert notices(rights_studio)[-1].sentence == ""
    assert codes(rights_studio) == []


def test_a_user_who_may_be_no_worker_claims_and_moves_nothing_though_he_may_write_the_projects(
    rights_studio: MongoStudio, guarded: MongoServer
) -> None:
    viewer = with_login(rights_studio, address(guarded, "dora"), "dora")
    with rights_studio.syncing(viewer):
        for name in ("a.exr", "b.exr"):
            one = rights_studio.publish([name])
            eventually(lambda one=one: viewer.index.find(PROJECT, one) is not None, "the row")  # type: ignore[misc]
        eventually(lambda: bool(notices(rights_studio)), "the sentence")
        rights_studio.clock.advance(AGAIN_S)
        last = rights_studio.publish(["c.exr"])
        eventually(lambda: viewer.index.find(PROJECT, last) is not None, "the row of the last")
    assert {notice.code for notice in notices(rights_studio)} == {"viewer"}
    assert "syncgui" in notices(rights_studio)[0].sentence
    assert WATCHED.updates == []
    assert rights_studio.tree("backup") == {}


def with_login(
    studio: MongoStudio, where: str, home: str, files: FileOperations | None = None
) -> Application:
    """Parts that work in the studio under another login, or over another way."""
    options = Options(studio.folder / home, studio.settings_dir, where)
    environment = replace(real_environment(), clock=studio.clock, files=files or file_operations())
    return studio.closing(Application(options, {}, environment=environment))


def notices(studio: Studio) -> list[Notice]:
    """What a person should know."""
    return [one for one in studio.events if isinstance(one, Notice)]


def test_a_wrong_password_is_told_without_it_and_goes_on_when_it_is_right(
    rights_studio: MongoStudio, guarded: MongoServer, caplog: pytest.LogCaptureFixture
) -> None:
    one = rights_studio.publish(["a.exr"])
    carl = with_login(rights_studio, address(guarded, "carl"), "carl")
    with rights_studio.syncing(carl):
        eventually(lambda: "database_login" in codes(rights_studio), "the sentence")
        with guarded.client() as client:
            client.admin.command("createUser", "carl", pwd=SECRET, roles=list(ALL))
        eventually(lambda: rights_studio.is_synced(one), "the file")
    assert SECRET not in str(rights_studio.events) + caplog.text
