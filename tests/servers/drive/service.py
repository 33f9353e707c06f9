"""Serves requests: finds out who asks, lets go wrong what is to go wrong, does the work, counts it."""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qsl

from tests.servers.drive import downloads, file_calls, other_calls, uploads
from tests.servers.drive.calls import Answer, Call
from tests.servers.drive.control import Control
from tests.servers.drive.counters import Counters, LogEntry
from tests.servers.drive.credentials import Addresses, Credentials
from tests.servers.drive.errors import (
    ApiError,
    HungUpError,
    OAuthError,
    api_disabled,
    demanded,
    no_token,
)
from tests.servers.drive.faults import Effects, Faults
from tests.servers.drive.limits import RateLimit
from tests.servers.drive.listing import Listings
from tests.servers.drive.resources import View
from tests.servers.drive.routes import route_of
from tests.servers.drive.sending import send
from tests.servers.drive.sessions import Sessions
from tests.servers.drive.tokens import Tokens
from tests.servers.drive.wire import Body, Head, Pace, Wire
from tests.servers.drive.world import World

_OPEN_KINDS = ("token", "consent", "control", "unknown")
_SESSION_KINDS = ("upload.put", "upload.ask", "upload.cancel")


class Service:
    """All that is behind the port.

    Args:
        world: what there is.
        addresses: its own.
    """

    def __init__(self, world: World, addresses: Addresses) -> None:
        self.world = world
        self.counters = Counters()
        self.faults = Faults()
        self.tokens = Tokens(world, addresses.token_uri)
        self.sessions = Sessions(world)
        self._rate = RateLimit()
        self.credentials = Credentials(world, self.tokens, addresses)
        self.control = Control(world, self.faults, self.counters, self.sessions, self.credentials)
        listings = Listings(world)
        self._work: dict[str, Callable[[World, Call], Answer]] = {
            "about.get": other_calls.about,
            "drives.list": other_calls.list_drives,
            "drives.get": other_calls.get_drive,
            "changes.getStartPageToken": other_calls.start_page_token,
            "files.list": lambda _, call: listings.list_files(call),
            "files.create": file_calls.create_file,
            "files.generateIds": file_calls.generate_ids,
            "files.emptyTrash": file_calls.empty_trash,
            "files.get": file_calls.get_file,
            "files.media": downloads.download_file,
            "files.update": file_calls.update_file,
            "files.delete": file_calls.delete_file,
            "files.copy": file_calls.copy_file,
            "permissions.list": other_calls.list_permissions,
            "permissions.create": other_calls.create_permission,
            "permissions.delete": other_calls.delete_permission,
            "revisions.list": other_calls.list_revisions,
            "revisions.get": other_calls.get_revision,
            "upload.start": lambda _, call: self.sessions.begin(call),
            "upload.put": lambda _, call: self.sessions.put(call),
            "upload.ask": lambda _, call: self.sessions.put(call),
            "upload.cancel": lambda _, call: self.sessions.cancel(call),
            "upload.multipart": uploads.upload_multipart,
            "upload.media": uploads.upload_media,
            "token": self._token,
            "consent": self._consent,
        }

    def serve(self, wire: Wire, head: Head, base: str) -> bool:
        """Answer one request; False when the connection can not go on.

        Raises:
            HungUpError: the connection broke.
        """
        call = Call(route_of(head), head, Body(wire, head), wire, base)
        if call.route.kind == "control":
            self.control.serve(call)
            return True
        record = _Record(call, self.counters)
        try:
            answer = self._answer(call)
            if not call.body.ended and (not call.body.expects or call.effects.lose_answer):
                call.body.drain()
            if call.effects.lose_answer:
                raise HungUpError
            send(wire, answer, call.effects, lambda size: record.end(answer.status, size))
        finally:
            record.end(0, wire.sent_bytes - record.sent_before)
        return call.body.ended and head.headers.get("connection", "").lower() != "close"

    def _answer(self, call: Call) -> Answer:
        try:
            return self._do(call)
        except ApiError as error:
            headers = error.headers
            if error.retry_after_s is not None:
                headers += (("Retry-After", str(error.retry_after_s)),)
            if error.status == 401:
                realm = 'Bearer realm="https://accounts.google.com/", error="invalid_token"'
                headers += (("WWW-Authenticate", realm),)
            return Answer(error.status, error.body(), headers=headers)
        except OAuthError as error:
            return Answer(error.status, error.body)
        except HungUpError:
            raise
        except Exception:  # a defect of this server: say so and go on  # noqa: BLE001
            traceback.print_exc(file=sys.stderr)
            return Answer(500, ApiError(500, "defectOfTheTestServer", traceback.format_exc()).body())

    def _do(self, call: Call) -> Answer:
        kind, settings = call.route.kind, self.world.settings
        call.account = self._caller(call)
        effects = call.effects = self.faults.strike(kind, call.route.method, call.account)
        _arm(call, effects)
        if settings.latency_s and kind not in _OPEN_KINDS:
            time.sleep(settings.latency_s)
        if effects.delay_s:
            time.sleep(effects.delay_s)
        if effects.status is not None:
            call.body.drain()
            if kind == "token":
                raise OAuthError(effects.reason or "internal_failure", effects.message, effects.status)
            raise demanded(effects.status, effects.reason, effects.message, effects.retry_after_s)
        if kind not in _OPEN_KINDS:
            self._admit(call)
        work = self._work.get(kind)
        if work is None:
            raise ApiError(404, "notFound", "Not Found")
        return work(self.world, _plain(call))

    def _caller(self, call: Call) -> str:
        """Whose call it is, for faults and the log; a token that is not good is refused later."""
        token = _token_of(call)
        if not token or call.route.kind in _OPEN_KINDS:
            return ""
        try:
            account = self.tokens.account_of(token)
        except ApiError:
            return ""
        call.seen = View.of(self.world, account)
        return account.email

    def _admit(self, call: Call) -> None:
        token = _token_of(call)
        if not token:
            if call.route.kind in _SESSION_KINDS:  # the session's address is proof enough
                session = self.world.sessions.get(call.params["upload_id"])
                call.account = session.account if session else ""
            else:
                raise no_token()
        elif call.seen is None:
            self.tokens.account_of(token)
        if not self.world.settings.api_enabled:
            raise api_disabled(self.world.settings.project_number)
        try:
            self._rate.spend(call.account, self.world.settings)
        except ApiError:
            self.counters.add_rate_limited()
            raise

    def _token(self, _: World, call: Call) -> Answer:
        form = dict(parse_qsl(call.body.read().decode()))
        return Answer(200, self.tokens.answer(form))

    def _consent(self, _: World, call: Call) -> Answer:
        return Answer(302, headers=(("Location", self.tokens.consent(call.params)),))


class _Record:
    """Counts a call once, when it ends."""

    def __init__(self, call: Call, counters: Counters) -> None:
        self.sent_before = call.wire.sent_bytes
        self._call = call
        self._counters = counters
        self._at_s, self._began = time.time(), time.monotonic()
        self._ended = False
        counters.begin()

    def end(self, status: int, bytes_out: int) -> None:
        """The call is answered with a status, or with none (0)."""
        if self._ended:
            return
        self._ended = True
        call = self._call
        self._counters.end(
            LogEntry(
                kind=call.route.kind,
                method=call.route.method,
                target=call.head.target,
                account=call.account,
                status=status,
                at_s=self._at_s,
                seconds=time.monotonic() - self._began,
                bytes_in=call.body.received,
                bytes_out=bytes_out,
                through_proxy=bool(call.wire.tunnel_host),
            )
        )


def _arm(call: Call, effects: Effects) -> None:
    call.body.drop_after = effects.drop_request_after
    if effects.bytes_per_s:
        call.body.pace = Pace(effects.bytes_per_s)
    if effects.drop_request_after == 0:
        raise HungUpError


def _token_of(call: Call) -> str:
    scheme, _, token = call.head.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else call.params.get("access_token", "")


def _plain(call: Call) -> Call:
    """A long query that came as a form in a POST, put where it belongs."""
    if "x-http-method-override" in call.head.headers and "form" in call.head.headers.get("content-type", ""):
        params = {**call.head.params, **dict(parse_qsl(call.body.read().decode(), keep_blank_values=True))}
        return replace(call, head=replace(call.head, params=params))
    return call
