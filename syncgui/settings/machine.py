"""What reading settings has to know of this machine and this installation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from syncgui.settings import variables
from syncgui.settings.vocabulary import Vocabulary

_PLATFORM_OF = {"win32": "windows", "cygwin": "windows", "darwin": "darwin"}


@dataclass(frozen=True, slots=True)
class Machine:
    """The environment, the platform and the providers at hand.

    Args:
        environment: environment variables; not shown, they may hold secrets.
        platform: "windows", "linux" or "darwin".
        provider_models: a provider's code to the model of its settings.
        planned_providers: codes that are known but not part of this installation.
        vocabulary: all keys that may stand in the settings.
    """

    environment: Mapping[str, str] = field(repr=False)
    platform: str
    provider_models: Mapping[str, type[BaseModel]]
    planned_providers: frozenset[str]
    vocabulary: Vocabulary

    def expand(self, text: str) -> str:
        """The text with its environment variables; raises `UnknownVariableError`."""
        return variables.expand(text, self.environment, platform=self.platform)


def platform_of(sys_platform: str) -> str:
    """The name that settings use for what `sys.platform` says."""
    return _PLATFORM_OF.get(sys_platform, "linux")
