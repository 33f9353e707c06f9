"""The name of this machine's own site.

First found: the user's choice; the environment; the settings, unless it is the shipped name that stands
on every machine; what an OpenPype installation of this user once made; else a name made here, once.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import platformdirs

from syncgui.settings import values
from syncgui.settings.files import read_json
from syncgui.settings.layers import SHIPPED_LOCAL_ID
from syncgui.settings.node import Node, locate
from syncgui.settings.problems import Problem, SettingsError, describe, printable
from syncgui.settings.user_choices import Choices, UserChoices, keep_made_local_id
from syncgui.settings.vocabulary import Findings
from syncgui.settings.words import three_words

VARIABLES = ("SYNCGUI_LOCAL_ID", "OPENPYPE_LOCAL_ID")
_REGISTRY_NAME = "openpype_settings.json"

# Names that could not be kept in a file: at least they stay the same as long as the program runs.
_unsaved: dict[str, str] = {}
_unsaved_lock = threading.Lock()


def given_local_id(
    choices: Choices, environment: Mapping[str, str], configured: Node | None, findings: Findings
) -> str | None:
    """The name that a person gave, in the order above; None when nobody did."""
    if choices.local_id is not None:
        return str(choices.local_id.value)
    for variable in VARIABLES:
        text = environment.get(variable, "")
        if text:
            try:
                return values.machine_name(text)
            except ValueError as error:
                findings.problems.append(
                    Problem("", variable, describe(text), str(error), "Correct that variable.")
                )
    if configured is None or configured.value == SHIPPED_LOCAL_ID:
        return None
    try:
        return values.machine_name(configured.plain())
    except ValueError as error:
        findings.problems.append(configured.problem(str(error)))
        return None


def registry_file(folder: Path | None) -> Path:
    """Where an OpenPype installation keeps its name of this machine."""
    if folder is None:
        folder = platformdirs.user_data_path("openpype", "pypeclub")
    return folder / _REGISTRY_NAME


def registry_local_id(path: Path, findings: Findings) -> str | None:
    """The name in that file; one that can not be used is reported and passed over."""
    file = read_json(path)
    if file.content is None:
        if file.problem is not None and not file.missing:
            findings.problems.append(replace(file.problem, fatal=False))
        return None
    registry = locate(file.content, printable(str(path)), "").children or {}
    node = ((registry["registry"].children if "registry" in registry else None) or {}).get("localId")
    if node is None:
        return None
    try:
        return values.machine_name(node.plain())
    except ValueError as error:
        findings.problems.append(node.problem(str(error), fatal=False))
        return None


def made_local_id(path: Path, choices: UserChoices, random: Random, findings: Findings) -> str:
    """The name made for this machine, now or earlier; kept in the user's file where that is possible."""
    if choices.made_local_id:
        return choices.made_local_id
    key = str(path)
    with _unsaved_lock:
        made = _unsaved.get(key) or three_words(random)
        try:
            made = keep_made_local_id(path, made)
        except SettingsError as error:
            _unsaved[key] = made
            findings.problems.append(
                Problem(
                    printable(key),
                    "local_id",
                    describe(made),
                    "a file that can be written",
                    "Make it writable, or give the machine a name: syncgui sites set --local-id NAME",
                    fatal=False,
                    summary=f"The name made for this machine, {made}, could not be kept and holds "
                    f"only until syncgui ends: {error}",
                )
            )
        else:
            _unsaved.pop(key, None)
    return made
