"""`python -m tests.servers.drive`: see the package's docstring."""

from __future__ import annotations

import argparse
import gc
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path

from tests.servers.drive.certificates import server_context
from tests.servers.drive.credentials import Addresses
from tests.servers.drive.first_world import DRIVE, OLDER, SERVICE, USER, furnish
from tests.servers.drive.listener import Listener
from tests.servers.drive.service import Service
from tests.servers.drive.world import World


def main() -> None:
    """Listen, say where, serve until the process is ended."""
    asked = _arguments()
    folder = asked.data.resolve()
    world = World(folder)
    context, authority = server_context(folder / "certificates") if asked.tls else (None, None)
    listener = Listener(asked.host, asked.port, context)
    host = f"[{asked.host}]" if ":" in asked.host else asked.host
    plain = f"http://{host}:{listener.port}"
    addresses = Addresses(f"https://{host}:{listener.port}" if asked.tls else plain)
    service = Service(world, addresses)
    drive = furnish(world)
    if asked.faults is not None:
        service.control.apply(json.loads(asked.faults.read_text()))
    files = service.credentials
    said = {
        "port": listener.port,
        "endpoint": addresses.endpoint,
        "credentials": str(files.service_account(SERVICE)),
        "ca": str(authority) if authority else None,
        "proxy": plain if asked.tls else None,
        "drive": DRIVE,
        "drive_id": drive.id,
        "files": {
            "service_account": str(files.service_account(SERVICE)),
            "service_account_google": str(files.service_account(SERVICE, google=True)),
            "older_service_account": str(files.service_account(OLDER)),
            "client_secret": str(files.client_secret()),
        },
        "accounts": {"service": SERVICE, "older": OLDER, "user": USER},
    }
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))  # all that was answered is written down already
    if asked.with_parent:
        threading.Thread(target=_end_with_parent, name="drive-parent", daemon=True).start()
    sys.stdout.write(json.dumps(said) + "\n")
    sys.stdout.flush()
    gc.freeze()
    with suppress(KeyboardInterrupt):
        listener.run(service)


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.servers.drive", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1, ::1")
    parser.add_argument("--data", type=Path, required=True, help="folder for all that is kept")
    parser.add_argument("--faults", type=Path, help="JSON: faults and other controls, done at the start")
    parser.add_argument("--tls", action="store_true", help="HTTPS, and CONNECT for Google's hosts")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input does")
    return parser.parse_args()


if __name__ == "__main__":
    main()
