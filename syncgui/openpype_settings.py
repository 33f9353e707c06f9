"""What an OpenPype installation keeps in its MongoDB about syncing, in the words of our settings.

`read_openpype` asks the database; `translate` is pure. Only what syncgui knows is taken, as it stands;
everything else of `sync_server` is listed by its key and the kind of its value. Values whose names sound
like secrets are never taken: they would lie in a file that many may read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncgui.model.representation import Document
from syncgui.openpype_documents import OVERRIDDEN, data_of, mapping, plain
from syncgui.openpype_versions import (
    GLOBAL,
    VERSIONED,
    VERSIONS_ORDER,
    settings_in_use,
    version_in_use,
)
from syncgui.settings.problems import kind_of, looks_secret
from syncgui.settings.vocabulary import CONFIG_KEYS

DATABASE = "openpype"
COLLECTION = "settings"

_SYSTEM = "system_settings"
_PROJECT = "project_settings"
_LOCAL = "local_settings"
_ALL_PROJECTS = "__default_project__"
_OWN_SITE = "local"
_LOCAL_DRIVE = "local_drive"
_PROVIDERS = frozenset({"gdrive", "dropbox", "sftp", _LOCAL_DRIVE})
_FIELDS = (
    *("type", "project_name", "is_default", "version", "site_id", "value", "production_versions"),
    *("data.modules.sync_server", f"data.modules.{OVERRIDDEN}"),
    *("data.global.sync_server", f"data.global.{OVERRIDDEN}"),
    *("data.projects", "data.production_version"),
)


@dataclass(frozen=True, slots=True)
class Left:
    """Something that was not taken: where it stands, and what sort of value it is, or why."""

    where: str
    key: str
    kind: str


@dataclass(frozen=True, slots=True)
class OwnChoices:
    """What a user chose for this machine. `roots`: (site, root name) → path."""

    publish_site: str | None = None
    remote_site: str | None = None
    roots: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Translated:
    """Settings in our words.

    Args:
        version: the version of OpenPype whose settings they are, "" for those from before versions.
        system, shared: `sync_server` of modules.json and of global.json.
        projects: project → its own `sync_server`.
        choices: this machine's user's, by project; "" for all projects.
        machines: names of the machines that have settings of their own.
        left: what was not taken.
    """

    version: str
    system: Mapping[str, object]
    shared: Mapping[str, object]
    projects: Mapping[str, Mapping[str, object]]
    choices: Mapping[str, OwnChoices]
    machines: tuple[str, ...]
    left: tuple[Left, ...]


def read_openpype(uri: str, database: str = DATABASE) -> list[Document]:
    """The documents with settings, without what has nothing to do with syncing.

    Raises:
        DatabaseUnreachableError: or one of its kinds.
    """
    from syncgui.store.mongo_collection import read_collection  # noqa: PLC0415 - the driver is not small

    kinds = [one + tail for one in (_SYSTEM, _PROJECT) for tail in ("", VERSIONED)]
    return read_collection(
        uri,
        database=database,
        collection=COLLECTION,
        types=[*kinds, _LOCAL, GLOBAL, VERSIONS_ORDER],
        fields=_FIELDS,
    )


def translate(
    documents: Sequence[Document], *, site_keys: Collection[str], local_id: str | None, version: str | None
) -> Translated:
    """Take what holds, in our words.

    Args:
        documents: as `read_openpype` gives them.
        site_keys: every key that a site may have in our settings.
        local_id: OpenPype's name of this machine, None if unknown.
        version: of OpenPype, whose settings are wanted; None: the one that the studio works with.
    """
    in_use = version or version_in_use(documents)
    taker = _Taker(frozenset(site_keys))
    system_document = settings_in_use(documents, _SYSTEM, in_use)
    system = taker.server("system settings", _within(system_document, "modules"), is_system=True)
    providers = _providers(system)
    shared_document = settings_in_use(documents, _PROJECT, in_use)
    shared = taker.server("project settings", _within(shared_document, "global"), providers)
    providers |= _providers(shared)
    projects: dict[str, Mapping[str, object]] = {}
    for name in sorted(set(_project_names(documents))):
        where = f"settings of project {name}"
        own_document = _within(settings_in_use(documents, _PROJECT, in_use, project=name), "global")
        own = taker.server(where, own_document, providers)
        if own and not _is_folder_name(name):
            taker.left.append(Left(where, "sync_server", "the project's name can be no folder's"))
        elif own:
            projects[name] = own
            taker.note_dropped(where, own_document, own, shared)
    # OpenPype's own defaults, which its database does not hold.
    system.setdefault("enabled", False)
    shared.setdefault("enabled", False)
    locals_ = [one for one in documents if one.get("type") == _LOCAL]
    own_local = next((one for one in locals_ if local_id and one.get("site_id") == local_id), None)
    return Translated(
        version=str(mapping(system_document or shared_document).get("version", "")),
        system=system,
        shared=shared,
        projects=projects,
        choices=taker.choices(own_local, local_id or "", providers),
        machines=tuple(sorted(str(one["site_id"]) for one in locals_ if one.get("site_id"))),
        left=tuple(taker.left),
    )


class _Taker:
    """Takes known keys, and remembers what it left."""

    def __init__(self, site_keys: frozenset[str]) -> None:
        self._site_keys = site_keys
        self.left: list[Left] = []

    def server(
        self,
        where: str,
        part: Mapping[str, object],
        providers: Mapping[str, str] | None = None,
        *,
        is_system: bool = False,
    ) -> dict[str, object]:
        """`sync_server` of a part of the settings, as ours has it."""
        found: dict[str, object] = {}
        server = mapping(part.get("sync_server"))
        for key, value in server.items():
            if key == "enabled":
                self._take(where, key, value, found)
            elif key == "sites" and isinstance(value, Mapping):
                found["sites"] = {
                    name: self._site(where, f"sites.{name}", name, mapping(site), providers or {})
                    for name, site in value.items()
                    if name != OVERRIDDEN and self._is_mapping(where, f"sites.{name}", site)
                }
            elif key == "config" and isinstance(value, Mapping) and not is_system:
                config = self._config(where, value)
                if config:
                    found["config"] = config
            else:
                self._leave(where, key, value)
        return found

    def _config(self, where: str, given: Mapping[str, object]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in given.items():
            if key in CONFIG_KEYS:
                # Both names mean the same; files of ours have the older one.
                name = "publish_site" if key == "active_site" else key
                self._take(where, f"config.{key}", value, found, name)
            else:
                self._leave(where, f"config.{key}", value)
        return found

    def _site(
        self, where: str, place: str, name: str, given: Mapping[str, object], providers: Mapping[str, str]
    ) -> dict[str, object]:
        found: dict[str, object] = {}
        provider = given.get("provider") or providers.get(name) or (name if name in _PROVIDERS else "")
        for key, value in given.items():
            # Early versions kept what belongs to a provider under its name.
            nested = mapping(value) if key in _PROVIDERS else {}
            if nested and key == provider:
                for inner, text in nested.items():
                    self._site_value(where, f"{place}.{key}.{inner}", inner, text, found)
            elif key in _PROVIDERS and not any(_leaves(value)):
                continue  # the empty forms of all other providers
            elif not (key == "enabled" and value is True):
                self._site_value(where, f"{place}.{key}", key, value, found)
        return found

    def _site_value(self, where: str, place: str, key: str, value: object, found: dict[str, object]) -> None:
        if key in self._site_keys:
            self._take(where, place, value, found, key)
        else:
            self._leave(where, place, value)

    def _take(self, where: str, place: str, value: object, found: dict[str, object], name: str = "") -> None:
        if looks_secret(place):
            self._leave(where, place, value)
            return
        try:
            taken = plain(value)
        except ValueError:
            self._leave(where, place, value)
            return
        if taken is not None:
            found[name or place] = taken

    def _leave(self, where: str, place: str, value: object) -> None:
        key = place.rpartition(".")[2]
        if key == OVERRIDDEN or key.startswith("__") or not any(_leaves(value)):
            return
        secret = ", a secret: give it to syncgui yourself" if looks_secret(key) else ""
        self.left.append(Left(where, f"sync_server.{place}", kind_of(value) + secret))

    def _is_mapping(self, where: str, place: str, value: object) -> bool:
        if not isinstance(value, Mapping):
            self._leave(where, place, value)
        return isinstance(value, Mapping)

    def note_dropped(
        self,
        where: str,
        part: Mapping[str, object],
        own: Mapping[str, object],
        shared: Mapping[str, object],
    ) -> None:
        """Note roots that a project's sites do without, because theirs stand in the place of the common ones.

        Our layers are merged key by key: there the common root goes on to hold.
        """
        replaced = mapping(part.get("sync_server")).get(OVERRIDDEN)
        if not isinstance(replaced, list) or "sites" not in replaced:
            return
        common = mapping(shared.get("sites"))
        for name, site in mapping(own.get("sites")).items():
            before = mapping(mapping(common.get(name)).get("root"))
            now = mapping(mapping(site).get("root"))
            for root in [one for one in before if now and one not in now]:
                place = f"sync_server.sites.{name}.root.{root}"
                self.left.append(Left(where, place, "is not set there: that of all projects is used"))

    def choices(
        self, document: Document | None, local_id: str, providers: Mapping[str, str]
    ) -> dict[str, OwnChoices]:
        """What this machine's user chose, by project."""
        found: dict[str, OwnChoices] = {}
        projects = mapping(data_of(document).get("projects"))
        for project, given in projects.items():
            where = f"local settings of {local_id}, {project}"
            sites: dict[str, str] = {}
            roots: dict[tuple[str, str], str] = {}
            for key, value in mapping(given).items():
                if key in ("active_site", "remote_site"):
                    if isinstance(value, str) and value.strip():
                        sites[key] = value.strip()
                elif isinstance(value, Mapping):
                    site = local_id if key == _OWN_SITE else key
                    on_disk = site in ("studio", local_id) or providers.get(site) == _LOCAL_DRIVE
                    roots |= self._roots(where, key, site, value, on_disk=on_disk)
                else:
                    self._leave_own(where, key, value)
            own = OwnChoices(sites.get("active_site"), sites.get("remote_site"), roots)
            if own != OwnChoices():
                found["" if project == _ALL_PROJECTS else project] = own
        return found

    def _roots(
        self, where: str, key: str, site: str, given: Mapping[str, object], *, on_disk: bool
    ) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for name, path in (mapping(given.get("root")) or given).items():
            if on_disk and isinstance(path, str) and path.strip():
                found[site, name] = path
            else:
                self._leave_own(where, f"{key}.{name}", path)
        return found

    def _leave_own(self, where: str, key: str, value: object) -> None:
        if any(_leaves(value)):
            self.left.append(Left(where, key, kind_of(value)))


def _within(document: Document | None, part: str) -> Mapping[str, object]:
    return mapping(data_of(document).get(part))


def _providers(server: Mapping[str, object]) -> dict[str, str]:
    """The provider of each site that names one."""
    sites = {name: mapping(site) for name, site in mapping(server.get("sites")).items()}
    return {name: str(site["provider"]) for name, site in sites.items() if "provider" in site}


def _project_names(documents: Sequence[Document]) -> Iterator[str]:
    for one in documents:
        name = one.get("project_name")
        if isinstance(name, str) and name and str(one.get("type", "")).startswith(_PROJECT):
            yield name


def _leaves(value: object) -> Iterator[object]:
    """The single values in a value, as far as they say anything."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key != OVERRIDDEN:
                yield from _leaves(inner)
    elif value is not None and value not in ("", []):
        yield True


def _is_folder_name(name: str) -> bool:
    """Whether a project's name is that of one folder, wherever the settings are read."""
    return name.strip(". ") == name and not any(sign in name for sign in '/\\:*?"<>|') and name.isprintable()
