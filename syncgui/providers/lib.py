"""The registry: which providers there are, and where their icons lie.

A provider of ours is one line in `_OURS`; one of another package is an entry point of the group
`syncgui.providers`, read on first use. What can not be loaded is a warning and one of `problems()`, never
an exception: it stops only the sites that need it.
"""

from __future__ import annotations

import inspect
import logging
import re
import threading
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from pydantic import BaseModel

from syncgui.model.errors import ProviderMissingError, SiteUnknownError
from syncgui.providers.abstract_provider import AbstractProvider

GROUP = "syncgui.providers"

_OURS = {
    "gdrive": "syncgui.providers.gdrive:GDriveProvider",
    "local_drive": "syncgui.providers.local_drive:LocalDriveProvider",
}

PLANNED = frozenset({"gdrive", "sftp", "s3", "dropbox", "webdav", "rclone"})
"""Codes that settings may name already, whether or not this installation has them; see `planned`."""

_RESOURCES = Path(__file__).parent / "resources"
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}")
_log = logging.getLogger(__name__)


class _Registry:
    """Classes by code, and what could not be loaded. Filled on first use, by any thread."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._loaded = False
        self._classes: dict[str, type[AbstractProvider]] = {}
        self._problems: list[str] = []

    def add(self, provider: type[AbstractProvider]) -> None:
        with self._lock:
            self._load()  # first, so that what is registered on purpose has the last word
            self._classes[provider.code] = provider

    def classes(self) -> dict[str, type[AbstractProvider]]:
        with self._lock:
            self._load()
            return dict(self._classes)

    def problems(self) -> list[str]:
        with self._lock:
            self._load()
            return list(self._problems)

    def _load(self) -> None:
        if self._loaded:
            return
        self._loaded = True
        for code, place in _OURS.items():
            self._load_one(EntryPoint(code, place, GROUP))
        for entry in entry_points(group=GROUP):
            self._load_one(entry)

    def _load_one(self, entry: EntryPoint) -> None:
        if entry.name in self._classes:
            self._warn(f"Provider {entry.name} of {entry.value} is left out: there is one of that code")
            return
        try:
            provider = _valid(entry.load())
            if provider.code != entry.name:
                raise ValueError(f"its code is {provider.code}")
        except Exception as error:  # noqa: BLE001 - other people's code; what it raises is recorded
            _log.debug("provider not loaded", exc_info=True, extra={"provider": entry.name})
            self._warn(f"Provider {entry.name} of {entry.value} can not be used: {error!r}")
            return
        self._classes[entry.name] = provider

    def _warn(self, problem: str) -> None:
        _log.warning(problem)
        self._problems.append(problem)


_registry = _Registry()


def register(provider: type[AbstractProvider]) -> None:
    """Make a provider known; of two with one code the one registered last counts.

    Raises:
        TypeError: it is no complete provider class.
        ValueError: its code can not be one.
    """
    _registry.add(_valid(provider))


def provider_class(code: str) -> type[AbstractProvider] | None:
    """The class of a code, None if this installation has none."""
    return _registry.classes().get(code)


def provider_codes() -> list[str]:
    """The codes of all providers there are, sorted."""
    return sorted(_registry.classes())


def settings_models() -> dict[str, type[BaseModel]]:
    """By code, the model that validates a site's own settings."""
    return {code: provider.settings_model for code, provider in _registry.classes().items()}


def planned() -> frozenset[str]:
    """Codes that are known by name and not part of this installation."""
    return PLANNED - set(provider_codes())


def problems() -> list[str]:
    """One sentence for each provider that could not be loaded."""
    return _registry.problems()


def create(
    code: str, site: str, settings: BaseModel, roots: dict[str, str], **kwargs: object
) -> AbstractProvider:
    """Build the provider of a site; to be called when the site is first needed.

    Args:
        code: the provider's code.
        site: the site's name.
        settings: validated by the class's `settings_model`.
        roots: root name to folder on the site.
        kwargs: what the application offers (`files`, `file_mode`, `folder_mode`,
            `allowed_link_targets`); a class gets those of them that its constructor names.

    Raises:
        ProviderMissingError: there is no provider of that code.
        SiteUnknownError: it could not be built.
    """
    provider = provider_class(code)
    if provider is None:
        raise ProviderMissingError(site=site, detail=code)
    named = inspect.signature(provider).parameters
    try:
        return provider(site, settings, dict(roots), **{key: kwargs[key] for key in kwargs if key in named})
    except Exception as error:
        _log.warning("provider not built", exc_info=True, extra={"site": site, "provider": code})
        detail = f"provider {code} could not be set up ({type(error).__name__})"
        raise SiteUnknownError(site=site, detail=detail) from error


def icon(code: str, site: str) -> Path:
    """The 24x24 PNG for a site: its own, its provider's, or one that stands for any."""
    found = provider_class(code)
    if site == "studio":
        wanted = _RESOURCES / "studio.png"
    elif found is not None:
        wanted = found.icon()
    elif code in PLANNED:
        wanted = _RESOURCES / f"{code}.png"
    else:
        wanted = _RESOURCES / "fallback.png"
    return wanted if wanted.is_file() else _RESOURCES / "fallback.png"


def _valid(provider: object) -> type[AbstractProvider]:
    if not (isinstance(provider, type) and issubclass(provider, AbstractProvider)):
        raise TypeError(f"{provider!r} is no class of providers")
    if inspect.isabstract(provider):
        missing = ", ".join(sorted(provider.__abstractmethods__))
        raise TypeError(f"{provider.__name__} lacks {missing}")
    for name in ("code", "label", "settings_model"):
        if not hasattr(provider, name):
            raise TypeError(f"{provider.__name__} lacks {name}")
    if not _CODE.fullmatch(provider.code):
        raise ValueError(f"{provider.code!r} can not be a provider's code: small letters, digits, _")
    return provider
