"""The settings files and the user's own choices, as typed and validated values.

`Settings.load` reads everything into an immutable snapshot and raises nothing: each wrong value becomes
a `Problem` that names its file, its key, what was found and what is allowed. `Settings.project` gives
what holds for one project on this machine. Only `set_choices` and `write_settings` write.
"""

from syncgui.settings.machine import platform_of
from syncgui.settings.places import Places
from syncgui.settings.problems import Problem, SettingsError
from syncgui.settings.project import ProjectSettings
from syncgui.settings.site_options import Verify
from syncgui.settings.sites import SiteSettings
from syncgui.settings.snapshot import Settings, every_problem
from syncgui.settings.stamp import Stamp
from syncgui.settings.user_choices import Choices, UserChoices, set_choices
from syncgui.settings.vocabulary import UnknownKey
from syncgui.settings.writing import write_settings

__all__ = [
    "Choices",
    "Places",
    "Problem",
    "ProjectSettings",
    "Settings",
    "SettingsError",
    "SiteSettings",
    "Stamp",
    "UnknownKey",
    "UserChoices",
    "Verify",
    "every_problem",
    "platform_of",
    "set_choices",
    "write_settings",
]
