"""Calls to Drive: each waits for the account's pace, and passing troubles are tried over here.

A call is tried again while the network or Drive stumbles, a few times and never for long: what lasts is
the site's trouble, and the engine lets the whole site back off. Rate limits close the gate of the account
for everybody. Metadata goes through Google's own client, by the description that it carries; bytes go
through the same sessions.
"""

from __future__ import annotations

import json
import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import httplib2
import requests
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from syncgui.model.errors import CertificateError, NetworkError, RateLimitedError, SyncError
from syncgui.providers.account_gate import AccountGate
from syncgui.providers.drive_account import Account
from syncgui.providers.drive_answers import RefusedError, refusal
from syncgui.providers.drive_network import DriveNetwork
from syncgui.providers.network_errors import NETWORK_TROUBLE, network_error

GOOGLE = "https://www.googleapis.com"

Wait = Callable[[float], None]
"""Waits so many seconds, or ends what is done by raising."""

_T = TypeVar("_T")
logging.getLogger("googleapiclient").addHandler(logging.NullHandler())  # else its warnings go to the terminal
_MOST_STUMBLES = 5
_FIRST_WAIT_S = 0.25
_MOST_REFUSALS = 12
_LONGEST_LIMIT_S = 300.0
_LONGEST_PASSING_S = 30.0
_ERROR_BYTES = 16 * 1024


class Request(Protocol):
    """A call that Google's client has prepared."""

    def execute(self, http: object = None, num_retries: int = 0) -> dict[str, object]:
        """Make it."""


class Service(Protocol):
    """The parts of the interface that Google's client offers, by name."""

    def files(self) -> Service: ...
    def drives(self) -> Service: ...
    def about(self) -> Service: ...
    def get(self, **words: object) -> Request: ...
    def list(self, **words: object) -> Request: ...
    def create(self, **words: object) -> Request: ...
    def update(self, **words: object) -> Request: ...
    def delete(self, **words: object) -> Request: ...
    def generateIds(self, **words: object) -> Request: ...  # noqa: N802 - the interface's own name


@cache
def _document(root: str) -> dict[str, object]:
    """The description of the interface that Google's client carries, moved to another address."""
    text = (resources.files("googleapiclient.discovery_cache.documents") / "drive.v3.json").read_text("utf-8")
    document: dict[str, object] = json.loads(text)
    return {**document, "rootUrl": f"{root}/", "mtlsRootUrl": f"{root}/", "baseUrl": f"{root}/drive/v3/"}


class DriveCalls:
    """All calls of one site.

    Args:
        site: its name, for error texts.
        root: the address that the interface lies under, without a slash at the end.
        account: whose calls they are.
        gate: the account's pace.
        network: the connections.
    """

    def __init__(
        self, site: str, root: str, account: Account, gate: AccountGate, network: DriveNetwork
    ) -> None:
        self.site = site
        self.root = root
        self.account = account
        self._gate = gate
        self._network = network
        self._used = threading.local()
        self.service: Service = build_from_document(_document(root), http=_Transport(self))

    def ask(self, request: Request, wait: Wait) -> dict[str, object]:
        """Make a metadata call.

        Raises:
            RefusedError: Drive refuses it for good.
            SyncError: it can not be reached, or is not to be asked any more.
        """
        return self.run(lambda: self._asked(request), wait)

    def _asked(self, request: Request) -> dict[str, object]:
        try:
            answer: object = request.execute(http=_Transport(self))
        except HttpError as error:
            raise refusal(int(error.resp.status), error.resp, error.content) from error
        except ValueError:
            answer = None
        if isinstance(answer, dict):
            return answer
        host = urlsplit(self.root).hostname
        detail = f"what answers in the place of {host} is not Drive: the login page of a network?"
        raise NetworkError(site=self.site, detail=detail)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: bytes | Iterable[bytes] | None = None,
        stream: bool = False,
        good: tuple[int, ...] = (200, 201),
    ) -> requests.Response:
        """One try of a call that carries bytes; the answer's body is not read where it is a stream.

        Raises:
            RefusedError: it was refused.
        """
        token = self._used.token = self.account.token()
        answer = self._network.session(url).request(
            method,
            url,
            headers={**(headers or {}), "Authorization": f"Bearer {token}"},
            data=data,  # an iterable with a length is sent as it comes
            stream=stream,
            timeout=self._network.timeouts_s,
            allow_redirects=False,
        )
        if answer.status_code in good:
            return answer
        with answer:
            body = answer.raw.read(_ERROR_BYTES, decode_content=True) if stream else answer.content
            raise refusal(answer.status_code, answer.headers, body)

    def run(self, once: Callable[[], _T], wait: Wait) -> _T:
        """Do something that calls Drive, again and again until it is done or its trouble lasts.

        Args:
            once: one try; raises `RefusedError` or what the network raises.
            wait: see `Wait`.

        Raises:
            RefusedError: Drive refuses it for good.
            SyncError: what `once` and `wait` raise of the family, and what lasts.
        """
        stumbles, limits, waited_s, renewed = 0, 0, 0.0, False
        while True:
            if self._gate.closed_for_s > _LONGEST_LIMIT_S:
                raise self._still_limited("it will be long until it takes calls again")
            self._gate.pass_through(wait)
            try:
                done = once()
            except RefusedError as refused:
                if refused.status == 401 and not renewed:
                    renewed = True
                    self.renew()
                    continue
                if refused.is_for_the_pace:
                    limits += 1
                    waited_s += self.slow_down(refused)
                    if limits > _MOST_REFUSALS or waited_s > _LONGEST_LIMIT_S:
                        raise self._still_limited(refused.words or "too many calls") from refused
                    continue
                stumbles += 1
                if not refused.is_passing or stumbles > _MOST_STUMBLES:
                    raise
                wait(min(refused.retry_after_s or _pause_s(stumbles), _LONGEST_PASSING_S))
            except (NetworkError, *NETWORK_TROUBLE) as trouble:
                stumbles += 1
                error = (
                    trouble
                    if isinstance(trouble, NetworkError)
                    else network_error(trouble, site=self.site, url=self.root)
                )
                if isinstance(error, CertificateError) or stumbles > _MOST_STUMBLES:
                    raise error from None  # the texts of what it came from may name a session's address
                wait(_pause_s(stumbles))
            else:
                self._gate.went_well()
                return done

    def have_token(self, wait: Wait) -> None:
        """Have a token now, so that the next call of this moment need not get one first."""
        self.account.token(wait=wait)

    def slow_down(self, refused: RefusedError) -> float:
        """All calls of the account wait; for how many seconds."""
        return self._gate.limited(refused.retry_after_s)

    def renew(self) -> None:
        """The token of this thread's last call was refused: get another one, if nobody has yet."""
        self.account.token(refused=self._used.token)

    def raised(self, refused: RefusedError, path: str = "") -> SyncError:
        """The member of the error family that a refusal is."""
        return refused.as_error(self.site, path)

    def _still_limited(self, words: str) -> SyncError:
        return RateLimitedError(site=self.site, detail=f"{words} (Drive takes 750 GB a day from one user)")


class _Transport:
    """What Google's client sends its calls through: in form an `httplib2.Http`, in truth our sessions.

    `httplib2` itself may not be used by two threads, knows the proxy only with a further package, and has
    a variable of its own for certificates.
    """

    def __init__(self, calls: DriveCalls) -> None:
        self._calls = calls

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: object = None,
    ) -> tuple[httplib2.Response, bytes]:
        """One call; refusals are given back as they are."""
        del redirections, connection_type
        data = body.encode() if isinstance(body, str) else body
        every = tuple(range(100, 600))
        answer = self._calls.send(method, uri, headers=headers, data=data, good=every)
        found = httplib2.Response({name.lower(): value for name, value in answer.headers.items()})  # type: ignore[no-untyped-call]
        found.status = answer.status_code
        found.reason = answer.reason
        return found, answer.content

    def close(self) -> None:
        """Nothing: connections are the site's."""


def _pause_s(stumbles: int) -> float:
    return _FIRST_WAIT_S * 2.0 ** (stumbles - 1) * random.uniform(0.5, 1.5)
