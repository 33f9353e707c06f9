"""The settings of one project, as this machine reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncgui.settings.problems import Problem
from syncgui.settings.sites import SiteSettings


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """Validated values; a project with a fatal problem of its own is not enabled.

    Args:
        project: its name.
        enabled: whether it is synced at all.
        disabled_reason: "" when enabled, else a sentence that names the file.
        local_id: this machine's own site.
        active_site: the site on whose disk this machine works.
        remote_site: the partner, None for nobody.
        retry_cnt: failed attempts after which an entry rests.
        loop_delay_s: the longest pause between two looks at everything, seconds.
        sites: the usable ones; `studio` and `local_id` are always among them.
        always_accessible_on: further sites that a publish asks for.
        alternative_sites: site → other names of the same storage.
        problems: of this project, fatal or not.
        site_problems: the same ones by the site that they keep from working.
    """

    project: str
    enabled: bool
    disabled_reason: str
    local_id: str
    active_site: str
    remote_site: str | None
    retry_cnt: int
    loop_delay_s: float
    sites: Mapping[str, SiteSettings]
    always_accessible_on: tuple[str, ...] = ()
    alternative_sites: Mapping[str, frozenset[str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    site_problems: Mapping[str, tuple[Problem, ...]] = field(default_factory=dict)

    @property
    def idle_reason(self) -> str:
        """Why nothing is transferred, one sentence; "" when it works."""
        if not self.enabled:
            return self.disabled_reason
        if self.remote_site is None:
            return (
                f"Project {self.project} exchanges with nobody: remote_site is empty. "
                "Choose one: syncgui sites set --remote-site SITE"
            )
        if self.remote_site == self.active_site:
            return (
                f"Project {self.project} has {self.active_site} on both sides, as publish_site "
                "and as remote_site. Choose another: syncgui sites set --remote-site SITE"
            )
        pair = (self.active_site, self.remote_site)
        # a site that can not be used first: setting a folder for its partner would not help
        idle = [name for name in pair if name not in self.sites]
        idle += [name for name in pair if name in self.sites and not self.sites[name].roots]
        if not idle:
            return ""
        problems = self.site_problems.get(idle[0], ())
        return problems[0].sentence if problems else f"Site {idle[0]} has no folder on this machine."
