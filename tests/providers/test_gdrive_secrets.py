"""Google Drive: no key, token, session's address or password in a text, a repr, a log record or its file."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncgui.commands.log import start_log
from syncgui.model.errors import SyncError
from syncgui.providers.drive_account import read_identity
from syncgui.providers.drive_site import DriveSite
from syncgui.providers.gdrive import GDriveSettings
from tests.providers.contract import RecordedTransfer, Site
from tests.providers.drive_room import LARGE, HastyTransfer, Room, StruckTransfer, content_of
from tests.servers.drive.process import USER, DriveServer


@pytest.fixture
def clean_log() -> Iterator[None]:
    """Loggers as they are before and after a program's own set-up."""
    ours, root = logging.getLogger("syncgui"), logging.getLogger()
    levels = ours.level, root.level
    yield
    for handler in list(ours.handlers):
        ours.removeHandler(handler)
        handler.close()
    ours.setLevel(levels[0])
    root.setLevel(levels[1])


def secrets_of(room: Room, *files: Path) -> list[str]:
    """What must never be seen: parts of keys and tokens."""
    found = []
    for path in files:
        content = json.loads(path.read_text())
        for name in ("private_key", "private_key_id", "refresh_token", "client_secret"):
            if name in content:
                found += [
                    part for part in content[name].split("\n") if len(part) > 20 and "PRIVATE" not in part
                ]
    return [*found, "upload_id=", "ya29.", "Bearer "]


def busy(site: Site, room: Room) -> list[BaseException]:
    """Uses a site in many ways, many of which fail; what was raised."""
    raised: list[BaseException] = []
    site.put("a", content_of(LARGE), HastyTransfer())
    effects: list[tuple[str, dict[str, object]]] = [
        ("upload.put", {"drop_request_after": 1 << 20}),
        ("upload.put", {"status": 403, "reason": "forbidden"}),
        ("upload.ask", {"drop_request_after": 0}),
        ("upload.start", {"status": 500}),
        ("files.list", {"status": 401}),
        ("files.list", {"drop_response_after": 5}),
        ("files.media", {"drop_response_after": 0}),
        ("token", {"status": 400, "reason": "invalid_grant"}),
        ("token", {"drop_request_after": 0}),
    ]
    for match, effect in effects:
        room.server.clear_faults()
        if match == "upload.ask":
            room.server.fail("upload.put", drop_request_after=1 << 20)
        room.server.fail(match, **effect)  # type: ignore[arg-type]
        if match == "token":
            room.server.expire_tokens()
        for call in (
            lambda: site.put("a", content_of(LARGE), HastyTransfer()),
            lambda: site.get("a", HastyTransfer()),
        ):
            try:
                call()
            except SyncError as error:
                raised.append(error)
    room.server.clear_faults()
    return raised


def all_texts(error: BaseException) -> str:
    """Everything that a person or a log may see of an error."""
    texts = [repr(error), str(error), "".join(traceback.format_exception(error))]
    if isinstance(error, SyncError):
        texts += [error.title, error.sentence, error.happens_next, error.next_step, error.detail]
    return "\n".join(texts)


@pytest.mark.parametrize("kind", ["service", "user"])
def test_errors_and_log_records_hold_no_secret(
    room: Room, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    if kind == "service":
        _, credentials = room.new_account()
    else:
        credentials = room.server.authorized_user_file(USER)
    with caplog.at_level(logging.DEBUG, logger="syncgui"):
        raised = busy(room.site(credentials=credentials), room)
    assert len(raised) >= 8
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("syncgui")]
    for text in [*map(all_texts, raised), *ours]:
        for secret in secrets_of(room, credentials):
            assert secret not in text, text


def test_objects_hide_what_they_hold(room: Room) -> None:
    for credentials in (room.server.credentials, room.server.authorized_user_file(USER)):
        settings = GDriveSettings(credentials_url=credentials, endpoint=room.server.endpoint)
        site = DriveSite("gdrive", settings, {"work": room.root})
        site.folders.root(room.root, site.pause)
        shown = repr(
            [
                site,
                vars(site),
                vars(site.account),
                vars(site.calls),
                read_identity(credentials, site="gdrive"),
            ]
        )
        site.close()
        for secret in secrets_of(room, credentials):
            assert secret not in shown


def test_a_damaged_keys_parts_are_not_shown(room: Room, tmp_path: Path) -> None:
    content = json.loads(room.server.credentials.read_text())
    content["private_key"] = content["private_key"][:400]
    path = tmp_path / "key.json"
    path.write_text(json.dumps(content))
    with pytest.raises(SyncError) as caught:
        room.site(credentials=path).get("a")
    for secret in secrets_of(room, path):
        assert secret not in all_texts(caught.value)


def test_what_the_libraries_log_does_not_reach_our_file(
    room: Room, tmp_path: Path, clean_log: None, capfd: pytest.CaptureFixture[str]
) -> None:
    path = start_log(tmp_path / "log")
    for name in ("urllib3", "googleapiclient", "google.auth", "requests"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        logging.getLogger("syncgui").warning("a line of ours")
        busy(room.site(), room)
    finally:
        for name in ("urllib3", "googleapiclient", "google.auth", "requests"):
            logging.getLogger(name).setLevel(logging.NOTSET)
    text = path.read_text()
    assert "a line of ours" in text
    for word in (*secrets_of(room, room.server.credentials), "urllib3", "googleapiclient"):
        assert word not in text
    assert capfd.readouterr().err == "a line of ours\n"


def test_tokens_are_given_to_the_engine_and_to_nobody_else(
    room: Room, caplog: pytest.LogCaptureFixture
) -> None:
    transfer = RecordedTransfer()
    with caplog.at_level(logging.DEBUG, logger="syncgui"):
        room.site().put("a", content_of(LARGE), transfer)
    token = next(one for one in transfer.tokens if one)
    assert "upload_id=" in token
    assert "upload_id=" not in caplog.text or all(
        not one.name.startswith("syncgui") for one in caplog.records if "upload_id=" in one.getMessage()
    )


def test_a_server_that_dies_in_the_middle_does_not_give_the_sessions_address_away(tmp_path: Path) -> None:
    server = DriveServer(tmp_path)
    try:
        room = Room(server)
        site = room.site()
        site.put("project/first", b"x")
        with pytest.raises(SyncError) as caught:
            site.put("project/a", content_of(LARGE), StruckTransfer(at_bytes=1 << 20, strike=server.kill))
        room.close()
    finally:
        server.stop()
    assert caught.value.code == "network"
    assert "upload_id=" not in all_texts(caught.value)
