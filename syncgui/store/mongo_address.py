"""Where a MongoDB is: its address with login and options, and what of it may be shown.

Nothing that is made of an address here holds its password but what the driver is given.
"""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, field
from urllib.parse import unquote

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri

from syncgui.model.errors import DatabaseUnsupportedError
from syncgui.store.schemes import SERVERS

DEFAULT_DATABASE = "avalon"
_DEFAULT_PORT = 27017
_LOGIN_DATABASE = "admin"
_NO_NAME = re.compile(r'[\s."$/\\\0]')
_SECRET_OPTIONS = ("authmechanismproperties", "proxypassword", "tlscertificatekeyfilepassword")
_UNKNOWN_OPTION = "Unknown option"
_NOT_ESCAPED = "must be escaped"
_HIDDEN = "***"
_TO_BE_ESCAPED = (
    "The address of the MongoDB can not be used: in its user and password the signs : / ? # [ ] @ % must be"
    " written as %3A %2F %3F %23 %5B %5D %40 %25"
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MongoAddress:
    """An address, taken apart.

    `uri`: what the driver is given, secrets included. `shown`: scheme, hosts and database. `hosts`: for
    messages. `user`: "" without a login. `database`: where projects lie.
    """

    uri: str = field(repr=False)
    shown: str
    hosts: str
    user: str
    database: str
    secrets: tuple[str, ...] = field(repr=False)

    @classmethod
    def parse(cls, uri: str, database: str | None = None) -> MongoAddress:
        """Read an address; nothing is asked of any server.

        Options that the driver does not know are told in the log and left to it.

        Args:
            uri: "mongodb://…" or "mongodb+srv://…", as drivers take it.
            database: the database of the projects; None: the one that the address names after its hosts,
                unless that is where only logins lie, else "avalon".

        Raises:
            DatabaseUnsupportedError: it is no such address. The message does not repeat it.
        """
        scheme = next((one for one in SERVERS if uri.lower().startswith(one)), None)
        if scheme is None:
            raise DatabaseUnsupportedError(detail="The address of a MongoDB begins with mongodb://")
        rest = uri[len(scheme) :]
        before_options, _, query = rest.partition("?")
        authority, slash, path = before_options.partition("/")
        login, _, hosts = authority.rpartition("@")
        if "@" in path or ("@" in query and not slash and not login):
            raise DatabaseUnsupportedError(detail=_TO_BE_ESCAPED)  # what seems to be a host may be a secret
        user, _, password = login.partition(":")
        secrets = _secrets(password, query)
        _check(SERVERS[0] + rest, secrets)  # the other scheme would have the driver ask a name server
        named = unquote(path).partition(".")[0]
        if not database:
            database = named if named and named != _LOGIN_DATABASE else DEFAULT_DATABASE
        if _NO_NAME.search(database):
            raise DatabaseUnsupportedError(detail=f"No database of a MongoDB has a name like {database!r}")
        return cls(
            uri=scheme + rest,
            shown=f"{scheme}{hosts}/{database}",
            hosts=hosts,
            user=unquote(user),
            database=database,
            secrets=secrets,
        )

    @property
    def identity(self) -> str:
        """The same for every spelling of the order of hosts, with or without login and options."""
        hosts = sorted(
            host.lower() if ":" in host.rpartition("]")[2] else f"{host.lower()}:{_DEFAULT_PORT}"
            for host in self.hosts.split(",")
        )
        return f"mongodb:{','.join(hosts)}/{self.database}"

    @property
    def is_looked_up(self) -> bool:
        """Whether a name server is asked for the hosts, which may fail for a while."""
        return self.shown.startswith(SERVERS[1])

    def without_secrets(self, text: str) -> str:
        """A text in which no secret of the address stands any more."""
        return _without(text, self.secrets)


def _secrets(password: str, query: str) -> tuple[str, ...]:
    """All secrets of an address as they may turn up in a message, the longest first."""
    found = [password]
    for option in query.replace(";", "&").split("&"):
        name, _, value = option.partition("=")
        if name.lower() in _SECRET_OPTIONS:
            found += [value, *(one.partition(":")[2] for one in value.split(","))]
    spelled = {spelling for one in found for spelling in (one, unquote(one)) if spelling}
    return tuple(sorted(spelled, key=lambda one: (-len(one), one)))


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def _check(uri: str, secrets: tuple[str, ...]) -> None:
    """Have the driver read an address: wrong values are refused, options that it does not know are told."""
    words: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            parse_uri(uri, warn=True)
        except OSError as error:
            words.append(f"{error.filename or 'a file that it names'}: {error.strerror}")
        except (PyMongoError, ValueError) as error:
            words.append(str(error))
    told = list(dict.fromkeys(str(one.message) for one in caught))
    words += [one for one in told if not one.startswith(_UNKNOWN_OPTION)]
    if words and _NOT_ESCAPED in words[0]:
        raise DatabaseUnsupportedError(detail=_TO_BE_ESCAPED)
    if words:
        raise DatabaseUnsupportedError(
            detail=f"The address of the MongoDB can not be used: {_without(words[0], secrets)}"
        )
    for one in told:
        _log.warning("the address of the MongoDB: %s", _without(one.partition(".")[0], secrets))
