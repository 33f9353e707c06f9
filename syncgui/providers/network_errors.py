"""What it means when a storage on the network can not be reached, in sentences without secrets."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from syncgui.model.errors import CertificateError, NetworkError, SiteError

NETWORK_TROUBLE = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)
"""What `requests` and the streams that it gives raise when a call could not be made or was broken off."""


def network_error(error: BaseException, *, site: str, url: str) -> SiteError:
    """The member of the error family.

    Args:
        site: the site's name.
        url: where the call went; only its host is named.
    """
    host = urlsplit(url).hostname or "the server"
    causes = list(_causes(error))
    for one in causes:
        if isinstance(one, ssl.SSLCertVerificationError):
            return CertificateError(site=site, detail=f"{host}: {one.verify_message}")
        if "CA certificate bundle" in str(one):
            return CertificateError(
                site=site, detail="the file that REQUESTS_CA_BUNDLE or SSL_CERT_FILE names is not there"
            )
    return NetworkError(site=site, detail=_words(causes, host))


def _words(causes: list[BaseException], host: str) -> str:
    if _any(causes, urllib3.exceptions.ProxyError, requests.exceptions.ProxyError):
        refused = [text for one in causes if "Tunnel connection failed" in (text := str(one))]
        if refused:
            answer = refused[-1].rpartition("Tunnel connection failed: ")[2].rstrip("')(")
            if answer.startswith("407"):
                return (
                    "the proxy of this network wants a login: HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT,"
                    " and what stands there now is not accepted"
                )
            return f"the proxy of this network refuses to connect to {host}: {answer}"
        return "the proxy that this machine is told to use can not be reached"
    if _any(causes, urllib3.exceptions.NameResolutionError, socket.gaierror):
        return f"the name {host} can not be resolved; is this machine on the network?"
    if _any(causes, ConnectionRefusedError):
        return f"{host} refuses the connection"
    if _any(causes, urllib3.exceptions.ConnectTimeoutError, requests.exceptions.ConnectTimeout):
        return f"{host} does not answer"
    if _any(causes, urllib3.exceptions.ReadTimeoutError, requests.exceptions.ReadTimeout, TimeoutError):
        return f"{host} stopped answering"
    if _any(causes, ssl.SSLError):
        return f"no secure connection to {host}: its answer is not TLS, or of a kind that is not spoken here"
    for one in causes:
        if isinstance(one, OSError) and one.strerror:
            return f"the connection to {host} broke: {one.strerror}"
    return f"the connection to {host} broke"


def _any(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(one, kinds) for one in causes)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and what it came from, however it was wrapped."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
