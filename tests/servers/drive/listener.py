"""The port: plain HTTP, HTTPS and CONNECT on one and the same, told apart by a connection's first byte.

CONNECT to a Google host, or to the server itself, ends right here, under a certificate for that name; to any
other host it is refused, so that nothing ever leaves the machine.
"""

from __future__ import annotations

import base64
import socket
import ssl
import sys
import threading
import traceback
from contextlib import suppress

from tests.servers.drive.errors import HungUpError
from tests.servers.drive.service import Service
from tests.servers.drive.wire import Head, Wire, head_bytes

_TLS_HANDSHAKE = b"\x16"
_BACKLOG = 512


class Listener:
    """Listens until the process ends.

    Args:
        host: address to listen at.
        port: 0 for any.
        context: for TLS, None for none.
    """

    def __init__(self, host: str, port: int, context: ssl.SSLContext | None) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        self._context = context
        self._host = host
        self.port = int(self._socket.getsockname()[1])

    def run(self, service: Service) -> None:
        """Serve."""
        while True:
            client, _ = self._socket.accept()
            service.counters.add_connection()
            threading.Thread(
                target=self._serve, args=(client, service), name="drive-connection", daemon=True
            ).start()

    def _serve(self, client: socket.socket, service: Service) -> None:
        wire: Wire | None = None
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            wire = self._open(client, "")
            if wire is not None:
                self._requests(wire, service)
        except (HungUpError, OSError):
            pass
        except Exception:  # noqa: BLE001  a defect of this server must not pass unseen
            traceback.print_exc(file=sys.stderr)
        finally:
            if wire is not None:
                wire.close()
            with suppress(OSError):
                client.close()

    def _open(self, client: socket.socket, host: str) -> Wire | None:
        first = client.recv(1, socket.MSG_PEEK)
        if not first:
            return None
        if first != _TLS_HANDSHAKE:
            return Wire(client, host=host)
        if self._context is None:
            return None
        return Wire(self._context.wrap_socket(client, server_side=True), host=host)

    def _requests(self, wire: Wire, service: Service) -> None:
        while (head := wire.read_head()) is not None:
            if head.method == "CONNECT":
                tunnel = self._tunnel(wire, head, service)
                if tunnel is not None:
                    self._requests(tunnel, service)
                return
            if head.target.startswith("http://") and not self._is_own(head.target.split("/")[2]):
                wire.send(head_bytes(403, (("Content-Length", "0"),)))
                continue
            scheme = "https" if wire.secure else "http"
            authority = head.headers.get("host") or f"{self._host}:{self.port}"
            if not service.serve(wire, head, f"{scheme}://{authority}"):
                return

    def _tunnel(self, wire: Wire, head: Head, service: Service) -> Wire | None:
        status = self._judge_tunnel(head, service.world.settings.proxy_login)
        service.counters.add_tunnel(head.target, status)
        if status == 200:
            wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            return self._open(wire.sock, head.target)
        demand = (("Proxy-Authenticate", 'Basic realm="proxy"'),) if status == 407 else ()
        wire.send(head_bytes(status, (*demand, ("Content-Length", "0"))))
        return None

    def _judge_tunnel(self, head: Head, login: str | None) -> int:
        if login is not None:
            expected = "Basic " + base64.b64encode(login.encode()).decode()
            if head.headers.get("proxy-authorization") != expected:
                return 407
        host, _, port = head.target.rpartition(":")
        is_google = port == "443" and (
            host == "google.com" or host.endswith((".google.com", ".googleapis.com"))
        )
        leads_here = self._context is not None and (is_google or self._is_own(head.target))
        return 200 if leads_here else 403

    def _is_own(self, authority: str) -> bool:
        host, _, port = authority.rpartition(":")
        return port == str(self.port) and host.strip("[]") in ("localhost", "127.0.0.1", "::1", self._host)
