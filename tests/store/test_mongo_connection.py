"""What goes wrong with a server, in our own words, and that it goes on by itself."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote_plus

import pytest
from pymongo.errors import (
    ConfigurationError,
    OperationFailure,
    PyMongoError,
    ServerSelectionTimeoutError,
)

from syncgui.model.errors import (
    DatabaseForbiddenError,
    DatabaseLoginError,
    DatabaseUnreachableError,
    DatabaseUnsupportedError,
)
from syncgui.store.mongo_address import MongoAddress
from syncgui.store.mongo_connection import MongoConnection
from syncgui.store.mongo_documents import MongoDocuments
from syncgui.store.opening import open_store
from tests.servers.mongo_server import MongoServer, User
from tests.store.documents import representation
from tests.store.update_shapes import WATCHED

CERTIFICATES = Path(__file__).parents[1] / "servers" / "certificates"
PASSWORD = "s3c:r/e?t#[@]% "
LOGIN = f"anna:{quote_plus(PASSWORD)}"
LIMIT_S = 60.0
NOT_PRIMARY, SHUTTING_DOWN, UNAUTHORIZED = 10107, 91, 13


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server of these tests' own, which everybody may use."""
    server = MongoServer(tmp_path_factory.mktemp("open"))
    yield server
    server.kill()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MongoServer]:
    """A server that demands a login, with two projects."""
    server = MongoServer(tmp_path_factory.mktemp("guarded"))
    with server.client() as client:
        for name in ("One", "Two"):
            client.avalon[name].insert_one(representation())
    both = [{"role": "readWrite", "db": "avalon"}, {"role": "readWrite", "db": "syncgui"}]
    users = [
        User("anna", PASSWORD, [*both, "root"]),
        User("viewer", "seen", [{"role": "read", "db": "avalon"}]),
        User("nobody", "none", []),
    ]
    server.demand_logins(users, LOGIN)
    yield server
    server.kill()


@contextmanager
def connected(
    address: str, *, timeout_s: float = LIMIT_S, steady_s: Callable[[], float] = time.monotonic
) -> Iterator[MongoConnection]:
    """A connection for as long as the block lasts."""
    connection = MongoConnection(MongoAddress.parse(address), steady_s=steady_s, timeout_s=timeout_s)
    try:
        yield connection
    finally:
        connection.close()


def watched_closely(server: MongoServer) -> str:
    """Its address with the option that the driver looks often whether the server is back."""
    return f"{server.address()}?heartbeatFrequencyMS=500"


def count(connection: MongoConnection, project: str = "One") -> int:
    """Ask for the documents of a project."""
    with connection.asking(project):
        return len(list(connection.collection(project).find()))


def test_where_nobody_listens_it_is_unreachable() -> None:
    with socket.socket() as taken:  # bound, so that nobody else listens there meanwhile
        taken.bind(("127.0.0.1", 0))
        address = f"mongodb://{LOGIN}@127.0.0.1:{taken.getsockname()[1]}"
        with (
            connected(address, timeout_s=0.3) as connection,
            pytest.raises(DatabaseUnreachableError) as caught,
        ):
            count(connection)
    assert type(caught.value) is DatabaseUnreachableError
    assert "Connection refused" in str(caught.value)
    assert "s3c" not in str(caught.value)


def test_a_server_that_was_restarted_is_used_again(tmp_path: Path) -> None:
    server = MongoServer(tmp_path)
    try:
        with connected(watched_closely(server), timeout_s=0.3) as connection:
            with server.client() as client:
                client.avalon.One.insert_one(representation())
            assert count(connection) == 1
            server.kill()
            with pytest.raises(DatabaseUnreachableError):
                count(connection)
            server.start()
            with server.client() as client:
                client.admin.command("ping")
            assert _until_it_answers(connection) == 1
    finally:
        server.kill()


def test_a_halted_server_is_unreachable_until_it_goes_on(tmp_path: Path) -> None:
    server = MongoServer(tmp_path)
    try:
        with connected(watched_closely(server), timeout_s=0.5) as connection:
            server.halt()
            with pytest.raises(DatabaseUnreachableError):
                count(connection)
            server.go_on()
            assert _until_it_answers(connection) == 0
    finally:
        server.kill()


def test_a_question_that_meets_a_halted_server_is_answered_when_it_goes_on(tmp_path: Path) -> None:
    server = MongoServer(tmp_path)
    try:
        with connected(server.address()) as connection:
            assert count(connection) == 0
            halted = threading.Event()

            def halt() -> None:
                server.halt()
                halted.set()

            WATCHED.before_next("find", halt)
            answers: list[int] = []
            asking = threading.Thread(target=lambda: answers.append(count(connection)), name="asking")
            asking.start()
            assert halted.wait(LIMIT_S)
            asking.join(0.2)
            assert asking.is_alive()
            server.go_on()
            asking.join(LIMIT_S)
            assert answers == [0]
    finally:
        server.kill()


@pytest.mark.parametrize("code", [NOT_PRIMARY, SHUTTING_DOWN])
def test_a_step_down_is_not_noticed_by_who_reads(server: MongoServer, code: int) -> None:
    with connected(watched_closely(server)) as connection:
        server.fail(["find"], code)
        assert count(connection, "None") == 0


def test_a_server_that_has_no_primary_for_long_is_unreachable_and_used_again(server: MongoServer) -> None:
    with connected(watched_closely(server)) as connection:
        server.fail(["find"], NOT_PRIMARY, times=1000)
        with pytest.raises(DatabaseUnreachableError) as caught:
            count(connection)
        assert type(caught.value) is DatabaseUnreachableError
        server.fail(["find"], NOT_PRIMARY, times=0)
        assert count(connection, "None") == 0


def test_a_wrong_password_is_a_login_that_is_refused_each_time(guarded: MongoServer) -> None:
    with connected(guarded.address(login="anna:wr0ng"), timeout_s=0.3) as connection:
        for _ in range(3):  # the driver answers otherwise from the second time on
            with pytest.raises(DatabaseLoginError) as caught:
                count(connection)
            assert "wr0ng" not in str(caught.value)


def test_no_login_where_one_is_wanted_is_a_login_that_is_refused(guarded: MongoServer) -> None:
    with connected(guarded.address(login="")) as connection, pytest.raises(DatabaseLoginError):
        count(connection)


def test_a_password_of_reserved_signs_logs_in(guarded: MongoServer) -> None:
    with connected(guarded.address()) as connection:
        assert count(connection) == 1


def test_who_may_only_read_reads_and_is_told_where_he_may_not_write(guarded: MongoServer) -> None:
    with connected(guarded.address(login="viewer:seen")) as connection:
        assert count(connection) == 1
        with pytest.raises(DatabaseForbiddenError) as caught, connection.asking("One"):
            connection.collection("One").insert_one(representation())
        assert caught.value.path == "One"
        with pytest.raises(DatabaseForbiddenError) as caught, connection.asking("syncgui"):
            connection.own("workers").find_one()
        assert caught.value.path == "syncgui"


def test_who_may_list_no_projects_is_told_so(guarded: MongoServer) -> None:
    with connected(guarded.address(login="nobody:none")) as connection:
        with pytest.raises(DatabaseForbiddenError) as caught:
            MongoDocuments(connection).projects()
        assert caught.value.path == "avalon"


def test_who_may_not_list_all_is_told_the_projects_that_he_has_a_right_to(guarded: MongoServer) -> None:
    with connected(guarded.address()) as connection:
        guarded.fail(["listCollections"], UNAUTHORIZED)  # the first, for all; the one for his own is let pass
        assert MongoDocuments(connection).projects() == ["One", "Two"]


def test_a_project_that_may_not_be_read_is_listed_and_explained_and_hinders_no_other(
    guarded: MongoServer,
) -> None:
    with connected(guarded.address()) as connection:
        documents = MongoDocuments(connection)
        guarded.fail(["find"], UNAUTHORIZED)  # whatever is asked of the first project
        assert documents.projects() == ["One", "Two"]
        calls: list[Callable[[], object]] = [
            lambda: list(documents.scan("One")),
            lambda: documents.read("One", ["x"]),
            lambda: documents.project_document("One"),
        ]
        for call in calls:
            guarded.fail(["find"], UNAUTHORIZED)
            with pytest.raises(DatabaseForbiddenError) as caught:
                call()
            assert caught.value.path == "One"
            assert len([one for chunk in documents.scan("Two") for one in chunk]) == 1


def test_a_server_with_a_certificate_is_trusted_only_by_its_authority(tmp_path: Path) -> None:
    pair = [
        "--tls-cert-file",
        str(CERTIFICATES / "server.pem"),
        "--tls-key-file",
        str(CERTIFICATES / "server.key"),
    ]
    server = MongoServer(tmp_path, pair, query=f"tls=true&tlsCAFile={CERTIFICATES / 'authority.pem'}")
    plain = f"mongodb://127.0.0.1:{server.port}/"
    try:
        with connected(server.address()) as connection:
            assert count(connection) == 0
        for address, words in ((f"{plain}?tls=true", "certificate verify failed"), (plain, "")):
            with connected(address, timeout_s=0.3) as connection:
                with pytest.raises(DatabaseUnreachableError) as caught:
                    count(connection)
                assert words in str(caught.value)
    finally:
        server.kill()


def test_the_password_is_in_no_log_and_in_nothing_that_is_shown(
    guarded: MongoServer, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    texts: list[str] = []
    with caplog.at_level(logging.DEBUG):
        for name in ("pymongo", "pymongo.command", "pymongo.connection", "pymongo.serverSelection"):
            caplog.set_level(logging.DEBUG, name)
        for login in (LOGIN, LOGIN.replace("anna", "stranger")):
            store = open_store(
                guarded.address("avalon", login=login), worker_lock_dir=tmp_path, busy_timeout_s=0.3
            )
            for _ in range(2):
                try:
                    store.projects()
                except DatabaseLoginError as error:
                    texts += [str(error), repr(error), error.next_step, error.detail]
            texts += [store.address, store.identity, repr(store), str(vars(store))]
            store.close()
    assert texts
    assert any(one.name.startswith("pymongo") for one in caplog.records), "the driver logged nothing"
    texts += [f"{one.getMessage()} {vars(one)}" for one in caplog.records]
    for text in texts:
        assert PASSWORD not in text
        assert quote_plus(PASSWORD) not in text


@pytest.mark.parametrize("secret", ["p@ss:w/rd", quote_plus("p@ss:w/rd")])
@pytest.mark.parametrize("kind", [OperationFailure, ServerSelectionTimeoutError, ConfigurationError])
def test_a_password_that_the_driver_or_a_server_repeats_is_not_shown(
    kind: Callable[[str], PyMongoError], secret: str
) -> None:
    with connected(f"mongodb://anna:{quote_plus('p@ss:w/rd')}@db1/") as connection:
        told = connection.told(kind(f"no good: {secret} of anna"), "One")
        assert "no good: *** of anna" in f"{told} {told.detail}"
        assert secret not in f"{told} {told!r} {told.sentence} {told.detail} {told.next_step}"


def test_the_servers_time_is_asked_for_and_counted_on(server: MongoServer) -> None:
    now_s = [1000.0]
    with connected(server.address(), steady_s=lambda: now_s[0]) as connection:
        first = connection.server_now()
        assert abs(first - datetime.now(UTC)) < timedelta(seconds=LIMIT_S)
        now_s[0] += 20
        assert connection.server_now() == first + timedelta(seconds=20)
        now_s[0] += 20  # too long ago: it is asked anew, and has hardly gone on
        assert connection.server_now() < first + timedelta(seconds=40)


def test_the_time_that_an_answer_held_is_counted_on(server: MongoServer) -> None:
    now_s = [1000.0]
    moment = datetime(2024, 1, 1, tzinfo=UTC)
    with connected(server.address(), steady_s=lambda: now_s[0]) as connection:
        connection.note_server_time(moment, 995.0)
        assert connection.server_now() == moment + timedelta(seconds=5)


def test_a_closed_connection_says_so(server: MongoServer) -> None:
    with connected(server.address()) as connection:
        assert not connection.wait_closed(0.0)
        connection.close()
        connection.close()
        assert connection.wait_closed(0.0)
        with pytest.raises(DatabaseUnreachableError, match="is closed"):
            count(connection)


def test_a_name_server_that_does_not_answer_is_no_wrong_address() -> None:
    failure = ConfigurationError("The DNS query name does not exist: _mongodb._tcp.cluster.studio.")
    with connected("mongodb+srv://anna:s3c@cluster.studio.invalid/a") as connection:
        assert type(connection.told(failure)) is DatabaseUnreachableError
    with connected("mongodb://anna:s3c@cluster.studio.invalid/a") as connection:
        assert type(connection.told(failure)) is DatabaseUnsupportedError


def test_a_file_that_the_address_names_and_that_is_none_is_told(tmp_path: Path) -> None:
    garbage = tmp_path / "authority.pem"
    garbage.write_text("garbage")
    with pytest.raises(DatabaseUnsupportedError, match="can not be used"):
        MongoConnection(
            MongoAddress.parse(f"mongodb://host/?tls=true&tlsCAFile={garbage}"), steady_s=time.monotonic
        )


def _until_it_answers(connection: MongoConnection) -> int:
    """What a project holds, asked until the server answers."""
    deadline = time.monotonic() + LIMIT_S
    while True:
        try:
            return count(connection)
        except DatabaseUnreachableError:
            assert time.monotonic() < deadline
