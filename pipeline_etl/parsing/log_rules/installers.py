"""What package managers print while they install.

To know another, add a line, and a log under ``tests/unit/parsing/log_rules/setup_steps``.
"""

from dataclasses import dataclass
from typing import Final, Literal

Effect = Literal["opens", "goes_on", "closes", "is_all"]
"""What a line means: an installation begins, goes on, ends, or is told of in this one line."""

Count = Literal["package_count", "downloaded_count", "cached_count"]


@dataclass(frozen=True, slots=True)
class Says:
    """A line that an installer prints.

    Named groups of the pattern: ``packages``, ``downloaded`` and ``cached`` are numbers to add, ``names`` a list of
    installed packages, ``took`` a duration.
    """

    pattern: str
    effect: Effect = "goes_on"
    one_more: Count | None = None


@dataclass(frozen=True, slots=True)
class Installer:
    """A package manager and what it prints."""

    tool: str
    says: tuple[Says, ...]
    is_shown_by_end_only: bool = False
    """Whether its lines are so common that only one that also ends counts."""


TOOK: Final = r"(?P<took>(?:\d{1,9}(?:\.\d{1,9})? ?(?:ms|min|m|s|h)\b ?)+)"

INSTALLERS: Final = (
    Installer(
        "pip",
        (
            Says(r"Collecting [^ ]+(?: \(from .*)?$", "opens"),
            Says(r"Looking in (?:indexes|links): ", "opens"),
            Says(r"(?:Processing|Obtaining) (?:\.|/|file:)", "opens"),
            Says(r"Requirement already satisfied: ", "opens"),
            # The metadata of a package is fetched before the package itself.
            Says(r"\s*Downloading [^ ]+\.metadata "),
            Says(r"\s*Using cached [^ ]+\.metadata "),
            Says(r"\s*Downloading [^ ]+\.(?:whl|gz|zip|bz2|xz)\b", one_more="downloaded_count"),
            Says(r"\s*Using cached [^ ]+\.(?:whl|gz|zip|bz2|xz)\b", one_more="cached_count"),
            Says(r"Successfully installed (?P<names>.+)", "closes"),
        ),
    ),
    Installer(
        "uv",
        (
            Says(rf"Resolved \d+ packages? in {TOOK}", "opens"),
            Says(rf"Prepared (?P<downloaded>\d{{1,9}}) packages? in {TOOK}", "opens"),
            Says(rf"Installed (?P<packages>\d{{1,9}}) packages? in {TOOK}", "closes"),
            Says(rf"(?:Audited|Checked) \d+ packages? in {TOOK}", "closes"),
        ),
    ),
    Installer(
        "poetry",
        (
            Says(r"(?:Installing dependencies from lock file|Updating dependencies)$", "opens"),
            Says(r"Resolving dependencies\.\.\.", "opens"),
            Says(r"Package operations: (?P<packages>\d{1,9}) installs?, "),
            Says(r"\s+[-•] (?:Installing|Updating|Downloading) "),
            Says(r"Installing the current project: ", "closes"),
        ),
    ),
    Installer(
        "npm",
        (
            Says(rf"added (?P<packages>\d{{1,9}}) packages?,.* in {TOOK}$", "is_all"),
            Says(rf"added (?P<packages>\d{{1,9}}) packages? in {TOOK}$", "is_all"),
            Says(rf"(?:up to date|changed \d+ packages?|removed \d+ packages?),?.* in {TOOK}$", "is_all"),
        ),
    ),
    Installer("yarn", (Says(r"yarn install v1", "opens"), Says(rf"Done in {TOOK}", "closes"))),
    Installer(
        "yarn",
        (
            Says(r"➤ YN0000: ┌ ", "opens"),
            Says(rf"➤ YN0000: (?:· )?Done (?:with warnings )?in {TOOK}", "closes"),
            Says(
                r"➤ YN0013: .*?(?P<cached>\d{1,9}) packages? (?:was|were) already cached"
                r"(?:, (?P<downloaded>\d{1,9}) had to be fetched)?"
            ),
            Says(r"➤ YN"),
        ),
    ),
    Installer(
        "pnpm",
        (
            Says(r"Lockfile is up to date, resolution step is skipped", "opens"),
            Says(
                r"Progress: resolved \d+, reused (?P<cached>\d{1,9}), downloaded (?P<downloaded>\d{1,9}), "
                r"added (?P<packages>\d{1,9}), done$",
                "opens",
            ),
            Says(r"Progress: resolved \d+, reused \d+, downloaded \d+, added \d+", "opens"),
            Says(r"Already up to date"),
            Says(rf"Done in {TOOK}", "closes"),
        ),
    ),
    Installer("maven", (Says(r"(?:\[INFO\] )?Downloaded(?: from [^ ]+)?: https?://", "opens", "downloaded_count"),)),
    Installer("gradle", (Says(r"Download https?://", "opens", "downloaded_count"),)),
    Installer(
        "cargo",
        (
            Says(r"\s+Updating .*\bindex$", "opens"),
            Says(r"\s+Downloading crates \.\.\.", "opens"),
            Says(r"\s+Downloaded [^ ]+ v\d", one_more="downloaded_count"),
            Says(rf"\s+Downloaded (?P<downloaded>\d{{1,9}}) crates? \(.*\) in {TOOK}", "opens"),
        ),
    ),
    Installer("go", (Says(r"go: downloading [^ ]+ v", "opens", "downloaded_count"),)),
    Installer(
        "bundler",
        (
            Says(r"Fetching (?:gem metadata from |source index from )", "opens"),
            Says(r"Using [^ ]+ \d[^ ]*(?: \(.*\))?$", "opens", "cached_count"),
            Says(r"Fetching [^ ]+ \d[^ ]*$", "opens", "downloaded_count"),
            Says(r"Installing [^ ]+ \d[^ ]*(?: \(.*\)| with native extensions)?$", "opens", "package_count"),
            Says(r"Bundle complete! ", "closes"),
        ),
        is_shown_by_end_only=True,
    ),
    Installer(
        "apt",
        (
            Says(r"Reading package lists\.\.\.", "opens"),
            Says(r"\d+ upgraded, (?P<packages>\d{1,9}) newly installed, "),
            Says(r"Get:\d+ https?://", "opens", "downloaded_count"),
            Says(r"(?:Hit:\d+ |Fetched [\d.,]+ |Unpacking |Setting up |Processing triggers )"),
        ),
    ),
)
