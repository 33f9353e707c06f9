"""`settings import`: the settings of an OpenPype installation become ours, after a look at what changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from syncgui.application import Application
from syncgui.commands.output import answer, counted, say, say_problem
from syncgui.commands.refusals import RefusedError
from syncgui.openpype_settings import (
    COLLECTION,
    DATABASE,
    OwnChoices,
    Translated,
    read_openpype,
    translate,
)
from syncgui.openpype_versions import version_key
from syncgui.providers import lib
from syncgui.settings.gathering import SYSTEM_FILE
from syncgui.settings.local_id import registry_file, registry_local_id
from syncgui.settings.problems import SettingsError
from syncgui.settings.replacing import FilePlan, keep_old, plan_content, plan_server, write_planned
from syncgui.settings.user_choices import set_choices
from syncgui.settings.values import machine_name
from syncgui.settings.vocabulary import PROJECT_FILE, Findings, Vocabulary

OPENPYPE_DATABASE_VARIABLE = "OPENPYPE_DATABASE_NAME"
_LOCAL_ID_VARIABLE = "OPENPYPE_LOCAL_ID"
_MACHINES_SHOWN = 20


def import_settings(
    application: Application,
    address: str,
    variables: Mapping[str, str],
    *,
    site_id: str | None,
    version: str | None,
    dry_run: bool,
    may_replace: bool,
) -> bool:
    """Read, show and, unless it is only a look, write; whether anything may have been written.

    Args:
        address: the server that OpenPype keeps its settings on.
        site_id: OpenPype's name of this machine, None: look for it.
        version: the version of OpenPype whose settings are wanted, None: the one in use.
        may_replace: whether values that stand in our files may give way.

    Raises:
        RefusedError: there is nothing to import, or values would give way without leave.
        SettingsError: a file can not be read or written.
        DatabaseUnreachableError: or one of its kinds.
    """
    from syncgui.store.mongo_address import MongoAddress  # noqa: PLC0415 - the driver is not small

    if version is not None and version_key(version) is None:
        raise RefusedError(f"{version} is no version of OpenPype", "Write it like 3.14.2.")
    database = variables.get(OPENPYPE_DATABASE_VARIABLE, "").strip() or DATABASE
    shown = MongoAddress.parse(address, database).shown
    local_id = _local_id(site_id, variables)
    documents = read_openpype(address, database)
    if not documents:
        raise RefusedError(
            f"There are no settings of OpenPype in {shown}, collection {COLLECTION}",
            f"If its database has another name, set {OPENPYPE_DATABASE_VARIABLE}.",
        )
    keys = Vocabulary.of(lib.settings_models().values()).site_keys
    found = translate(documents, site_keys=keys, local_id=local_id, version=version)
    plans = _plans(application.places.settings_dir, found)
    user = plan_content(application.places.user_file, _user_values(found, local_id))
    _show(shown, found, [*plans, user], local_id)
    if dry_run:
        answer("Nothing was written.")
        return False
    if not may_replace and any(one.replaces for one in [*plans, user]):
        raise RefusedError(
            "Nothing was written: values that stand in your settings would be replaced",
            "Look at the lines with “was” above; then add --yes. The files as they are now are kept.",
        )
    _write(plans, user, found, local_id)
    return True


def _local_id(given: str | None, variables: Mapping[str, str]) -> str | None:
    try:
        for name in (given, variables.get(_LOCAL_ID_VARIABLE)):
            if name:
                return machine_name(name)
    except ValueError as error:
        raise RefusedError(f"{name} can not be this machine's name", f"Allowed is {error}.") from error
    return registry_local_id(registry_file(None), Findings())


def _plans(folder: Path, found: Translated) -> list[FilePlan]:
    plans = [
        plan_server(folder / SYSTEM_FILE, found.system),
        plan_server(folder / PROJECT_FILE, found.shared),
    ]
    for project, server in found.projects.items():
        plans.append(plan_server(folder / "project_settings" / project / "global.json", server))
    return plans


def _user_values(found: Translated, local_id: str | None) -> dict[str, object]:
    """What the user's file will say."""
    values: dict[str, object] = {"local_id": local_id} if local_id else {}
    projects: dict[str, object] = {}
    for project, own in found.choices.items():
        if project:
            projects[project] = _own_values(own)
        else:
            values |= _own_values(own)
    return {**values, "projects": projects} if projects else values


def _own_values(own: OwnChoices) -> dict[str, object]:
    values: dict[str, object] = {}
    if own.publish_site is not None:
        values["publish_site"] = own.publish_site
    if own.remote_site is not None:
        values["remote_site"] = own.remote_site
    roots: dict[str, dict[str, str]] = {}
    for (site, name), path in own.roots.items():
        roots.setdefault(site, {})[name] = path
    return {**values, "roots": roots} if roots else values


def _show(shown: str, found: Translated, plans: Sequence[FilePlan], local_id: str | None) -> None:
    whose = f"OpenPype {found.version}" if found.version else "OpenPype, of no version"
    answer(f"Settings of {whose} in {shown}")
    for plan in plans:
        state = "" if plan.changes else ": nothing changes"
        new = " (new)" if plan.before is None and plan.changes else ""
        answer(f"{plan.path}{new}{state}")
        for one in plan.changes:
            answer(f"  {one.key} = {one.new}{f'  (was {one.old})' if one.old else ''}")
    if found.left:
        answer("Not taken:")
        for left in found.left:
            answer(f"  {left.where}: {left.key} ({left.kind})")
    _say_whose_machine(found, local_id)


def _say_whose_machine(found: Translated, local_id: str | None) -> None:
    if not found.machines or local_id in found.machines:
        return
    names = ", ".join(found.machines[:_MACHINES_SHOWN])
    more = len(found.machines) - _MACHINES_SHOWN
    names += f" and {more} more" if more > 0 else ""
    if local_id is None:
        sentence = "OpenPype's name of this machine is not known here: nothing of your own was looked for"
    else:
        sentence = f"OpenPype keeps nothing of its own for this machine, {local_id}"
    say_problem(f"{sentence}.", f"--site-id NAME names another one. There are settings of: {names}")


def _write(plans: Sequence[FilePlan], user: FilePlan, found: Translated, local_id: str | None) -> None:
    written = 0
    for plan in plans:
        if plan.changes:
            _say_kept(plan.path, write_planned(plan))
            written += 1
    if user.changes:
        try:
            _say_kept(user.path, keep_old(user))
        except OSError as error:
            words = error.strerror or type(error).__name__
            raise SettingsError(f"{user.path} can not be kept: {words}. Check its rights.") from error
        set_choices(user.path, local_id=local_id)
        for project, own in found.choices.items():
            set_choices(
                user.path,
                project=project or None,
                publish_site=own.publish_site,
                remote_site=own.remote_site,
                roots=own.roots,
            )
        written += 1
    answer(f"Wrote {counted(written, 'file')}." if written else "Everything was so already.")


def _say_kept(path: Path, kept: Path | None) -> None:
    if kept is not None:
        say(f"{path.name} as it was is kept in {kept}")
