"""Addresses of databases as arguments of a command: as they are, or by the name of a variable.

An argument is seen by everybody who lists the machine's processes, so an address with a password may be
named instead: `{OPENPYPE_MONGO}` is what that environment variable holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from syncgui.commands.refusals import RefusedError

_NAMED = re.compile(r"\$?\{([A-Za-z_][A-Za-z0-9_]*)\}")


def address_of(argument: str, variables: Mapping[str, str]) -> str:
    """The address that an argument gives or names.

    Raises:
        RefusedError: the variable that it names is not set.
    """
    match = _NAMED.fullmatch(argument.strip())
    if match is None:
        return argument.strip()
    address = variables.get(match[1], "").strip()
    if not address:
        raise RefusedError(
            f"The environment variable {match[1]} is not set", "Set it to the address of the database."
        )
    return address
