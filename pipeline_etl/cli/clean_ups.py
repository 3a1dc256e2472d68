"""Lists of what may go, in words, and what the service made of the wish that it goes."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb
from rich.console import Console
from rich.markup import escape

from pipeline_etl.advice import CLEAN_UP_READS, CleanUp, Rules, clean_up, items_of, read
from pipeline_etl.cli.deleting import Deletion, DeletionLog, delete_all
from pipeline_etl.cli.plans import chosen
from pipeline_etl.cli.speech import near
from pipeline_etl.errors import SettingsError, UnreadArtifacts
from pipeline_etl.settings import Settings, make_data_root
from pipeline_etl.wording import byte_size, plural, printable

# What asks the service is imported where something is deleted: a list of what may go answers at once.
# ruff: noqa: PLC0415

SHOWN = 20
"""Lines of a list in the terminal; the JSON has all."""


def log_of(in_force: Settings) -> DeletionLog:
    """Where deletions are written down."""
    return DeletionLog(in_force.data_root / "deletions.jsonl")


def clean_ups_of(
    connection: duckdb.DuckDBPyConnection, repository: str | None, rules: Rules, *, done: set[tuple[str, str, int]]
) -> list[CleanUp]:
    """What may go of a repository, or of every one; what was deleted since the last sync is not listed again."""
    rows = read(connection, CLEAN_UP_READS)
    items = [
        item
        for item in items_of(rows["fct_artifacts"], rows["fct_cache_entries"])
        if (item.repository_name, item.kind, item.item_id) not in done
    ]
    unread = {
        row["repository_name"]: row["not_yet_count"]
        for row in rows["rpt_completeness"]
        if row["item_kind"] == "artifact"
    }
    return [
        replace(
            clean_up(known["repository_name"], items, rules, as_of_at=known["as_of_at"]),
            is_recorded_archive=bool(known["is_recorded_archive"]),
            unread_count=unread.get(known["repository_name"], 0),
        )
        for known in chosen(rows, repository)
    ]


def as_text(listed: CleanUp) -> str:
    """The largest of what may go, and what all of it frees."""
    until = "an unknown moment" if listed.as_of_at is None else f"{listed.as_of_at:%Y-%m-%d %H:%M} UTC"
    lines = [f"{printable(listed.repository_name)}, as known up to {until}"]
    for candidate in listed.candidates[:SHOWN]:
        item = candidate.item
        use = "last restored" if item.used_at else "made"
        soon = ", expires by itself within 7 days" if candidate.is_expiring else ""
        lines.append(
            f"  {byte_size(item.size_bytes):>12}  {item.kind:<8}  {use} {candidate.unused.days} days before{soon}  "
            f"{printable(item.name)[:100]}  ({printable(item.where)[:60]})"
        )
    if not listed.candidates and not listed.kept_count:
        lines.append("  No artifact and no cache of it is known to be still there: there is nothing to delete.")
        return "\n".join(lines)
    hidden = len(listed.candidates) - SHOWN
    if hidden > 0:
        lines.append(f"  … and {plural(hidden, 'more thing')}; FORMAT=json lists all")
    lines.append(
        f"  Deleting {plural(len(listed.candidates), 'thing')} frees {byte_size(listed.freed_bytes)}; "
        f"{plural(listed.kept_count, 'thing')} of {byte_size(listed.kept_bytes)} stay."
    )
    lines.append("  Whether anyone downloads an artifact is not known: the REST API does not tell.")
    return "\n".join(lines)


def delete(in_force: Settings, clean_ups: Sequence[CleanUp], log: DeletionLog, *, console: Console) -> bool:
    """Delete what is listed, and tell what came of it; whether all of it is gone.

    Raises:
        SettingsError: What is listed is of a recorded archive, or there is nothing to ask the service with.
        UnreadArtifacts: What is in some artifacts is not stored yet.
    """
    if in_force.uses_sample or any(listed.is_recorded_archive for listed in clean_ups):
        raise SettingsError(
            "Nothing is deleted: what is listed is of a recorded archive. Set REPOSITORIES and sync them first; for "
            "example REPOSITORIES=owner/name."
        )
    unread = [listed for listed in clean_ups if listed.candidates and listed.unread_count]
    if unread:
        first = unread[0]
        raise UnreadArtifacts(
            f"Nothing is deleted: {plural(first.unread_count, 'artifact')} of {first.repository_name} have not been "
            "read yet, and with them would go what no other place holds."
        )
    from pipeline_etl.orchestration.definitions import wall_clock
    from pipeline_etl.orchestration.resources import github_token
    from pipeline_etl.providers import Waiting, github_provider

    token = github_token(in_force)
    if token is None:
        raise SettingsError("GITHUB_TOKEN is not set: deleting needs one with Actions: write.")
    make_data_root(in_force)
    provider = github_provider(in_force.github_api_url, token=token, waiting=Waiting(now=wall_clock))
    is_all_gone = True
    for listed in clean_ups:
        if not listed.candidates:
            continue
        repository = provider.repository(listed.repository_name)
        deletion = delete_all(listed.candidates, provider, repository, log=log, clock=wall_clock)
        _tell(console, listed, deletion, log)
        is_all_gone = is_all_gone and deletion.error is None
    return is_all_gone


def _tell(console: Console, listed: CleanUp, deletion: Deletion, log: DeletionLog) -> None:
    ended = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(deletion.counts.items()))
    line = f"{printable(listed.repository_name)}: {ended}; freed {byte_size(deletion.freed_bytes)}."
    console.print(f"{escape(line)} Written down in {escape(near(log.path))}.", highlight=False, soft_wrap=True)
    if deletion.error is not None:
        left = f" {plural(deletion.left_count, 'thing')} left." if deletion.left_count else ""
        console.print(f"[red]{escape(str(deletion.error))}[/]{left}", highlight=False, soft_wrap=True)
