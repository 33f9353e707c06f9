"""Which folders are known to be which root, for absolute paths in old records."""

from __future__ import annotations

from syncgui.settings import ProjectSettings


def known_roots(settings: ProjectSettings) -> dict[str, tuple[str, ...]]:
    """Root name to every folder that any site, on any platform, has for it."""
    found: dict[str, list[str]] = {}
    for site in settings.sites.values():
        for name, folder in site.roots.items():
            found.setdefault(name, []).append(folder)
        for name, folders in site.other_roots.items():
            found.setdefault(name, []).extend(folders)
    return {name: tuple(dict.fromkeys(folders)) for name, folders in found.items()}
