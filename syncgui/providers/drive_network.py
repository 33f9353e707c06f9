"""Connections to Drive: one session for each thread, with this network's proxy and certificates.

`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE` and `SSL_CERT_FILE` hold for every call, those
for tokens included. They are read when a session is made, so that a call costs no look at them.
"""

from __future__ import annotations

import os
import threading

import requests
import requests.adapters
import requests.utils

CONNECT_TIMEOUT_S = 20.0
ANSWER_TIMEOUT_S = 60.0


class DriveNetwork:
    """Sessions by thread and host. `close` ends all; those who go on get new ones.

    Args:
        timeouts_s: how long to wait for a connection, and for each piece of an answer.
    """

    def __init__(self, timeouts_s: tuple[float, float] = (CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)) -> None:
        self.timeouts_s = timeouts_s
        self._lock = threading.Lock()
        self._open: list[requests.Session] = []
        self._here = threading.local()

    def session(self, url: str) -> requests.Session:
        """This thread's session for the host of a URL."""
        of_this_thread: tuple[list[requests.Session], dict[str, requests.Session]] | None
        of_this_thread = getattr(self._here, "sessions", None)
        if of_this_thread is None or of_this_thread[0] is not self._open:
            of_this_thread = (self._open, {})
            self._here.sessions = of_this_thread
        every, sessions = of_this_thread
        host = "/".join(url.split("/", 3)[:3])
        session = sessions.get(host)
        if session is None:
            session = sessions[host] = _new_session(url)
            with self._lock:
                every.append(session)
        return session

    def close(self) -> None:
        """Let all connections go."""
        with self._lock:
            closing, self._open = self._open, []
        for session in closing:
            session.close()


def _new_session(url: str) -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # else the environment and files are looked at with each call
    session.proxies = dict(requests.utils.get_environ_proxies(url, no_proxy=None))
    bundle = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("SSL_CERT_FILE")
    if bundle:
        session.verify = bundle
    adapter = requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=2, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
