"""Provider → lake, for one repository: whatever is new or unfinished, in committed batches."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Final, TypeVar

import polars as pl

from pipeline_etl.contracts.tables import (
    TABLES,
    Artifacts,
    CacheEntries,
    LogLines,
    PageValidators,
    Repositories,
    Syncs,
)
from pipeline_etl.contracts.vocabulary import FINAL_STATES
from pipeline_etl.errors import PipelineError
from pipeline_etl.extraction.artifacts import ArtifactReader
from pipeline_etl.extraction.attempts import AttemptReader
from pipeline_etl.extraction.commit import Clock, Committer, ever_later
from pipeline_etl.extraction.listing import Lister, Listing
from pipeline_etl.extraction.outcome import OnProgress, Progress, RepositorySync, SyncOptions
from pipeline_etl.extraction.plan import AttemptKey, attempts_owed, attempts_unlisted, attempts_unsettled, listing_start
from pipeline_etl.extraction.rows import Frames, Reading, stamped
from pipeline_etl.providers import Provider, Repository, Validator
from pipeline_etl.storage import Lake, Ledger, compact, forget_months

BATCH_SIZE: Final = 50
"""Attempts or artifacts in a batch: what a kill can cost. Each batch is one file per table and month."""

Thing = TypeVar("Thing")


def sync_repositories(
    provider_of: Callable[[str], Provider],
    lake: Lake,
    repository_names: Sequence[str],
    *,
    clock: Clock,
    options: SyncOptions,
    on_progress: OnProgress,
) -> list[RepositorySync]:
    """Sync every repository, then merge what lies in many small files; the failure of one is its own.

    Nobody else writes to the lake between the two. Raises LakeBusy.
    """
    with lake.lock("extraction"):
        syncs = [
            sync_repository(provider_of(name), lake, name, clock=clock, options=options, on_progress=on_progress)
            for name in repository_names
        ]
        for table in TABLES:
            compact(lake, table)
        return syncs


def sync_repository(
    provider: Provider,
    lake: Lake,
    repository_name: str,
    *,
    clock: Clock,
    options: SyncOptions,
    on_progress: OnProgress,
) -> RepositorySync:
    """Bring the lake up to what the service knows of one repository.

    Committed batches stay whatever happens after them; the next sync fetches only what is still owed.
    """
    started_at = clock()
    requests_before = provider.request_count
    row_counts: dict[str, int] = {}
    known_until_at: datetime | None = None
    error: PipelineError | None = None
    try:
        repository = provider.repository(repository_name)
        provider_name, repository_id = repository.provider, repository.repository_id
        # The service's clock dates the runs; by ours, a sync could claim to know a year that has not been.
        until = repository.snapshot_at or repository.told_at or started_at
        ledger = Ledger.read(lake, provider=provider_name, repository_id=repository_id)
        known_until_at = ledger.known_until(by=until)
        committer = Committer(
            lake=lake,
            repository=repository,
            clock=ever_later(clock, than=lake.last_read_at(provider=provider_name, repository_id=repository_id)),
            known_until_at=until,
            is_archiving_payloads=options.is_archiving_payloads,
            row_counts=row_counts,
        )
        _Sync(
            provider=provider,
            repository=repository,
            ledger=ledger,
            known_before=known_until_at,
            committer=committer,
            options=options,
            on_progress=on_progress,
        ).run(started_at, requests_before)
        known_until_at = committer.known_until_at
    except PipelineError as caught:
        error = caught
    return RepositorySync(
        repository_name=repository_name,
        status="complete" if error is None else "incomplete" if row_counts else "failed",
        known_until_at=known_until_at,
        row_counts=row_counts,
        request_count=provider.request_count - requests_before,
        budget=provider.budget,
        error=error,
    )


@dataclass(frozen=True, kw_only=True)
class _Sync:
    """One sync of one repository."""

    provider: Provider
    repository: Repository
    ledger: Ledger
    known_before: datetime | None
    """Moment up to which everything was known when it began; None before the first complete sync."""
    committer: Committer
    options: SyncOptions
    on_progress: OnProgress

    def run(self, started_at: datetime, requests_before: int) -> None:
        """All of it: descriptions, runs, artifacts, and last of all the word that the sync is complete."""
        start = self.options.since
        since = listing_start(
            known_until_at=self.known_before,
            since=self.committer.known_until_at - start if isinstance(start, timedelta) else start,
            rerun_window=self.options.rerun_window,
        )
        lister = Lister(
            provider=self.provider, repository=self.repository, validators=self._validators, tell=self._tell
        )
        self._describe()
        runs = lister.runs(since=since, until=self.committer.known_until_at, revisited=self.options.rerun_window)
        self._read_attempts(runs)
        artifacts = lister.artifacts(known=self.ledger.items("artifact") if self.known_before else None)
        self.committer.write_changed({Artifacts: artifacts.rows})
        self._read_artifacts()
        self._finish(
            {**runs.validators, **artifacts.validators},
            {
                "sync_id": uuid.uuid4().hex,
                "started_at": started_at,
                "window_start_at": since,
                "known_until_at": self.committer.known_until_at,
                "is_complete": True,
                "request_count": self.provider.request_count - requests_before,
            },
        )
        self._forget()

    def _describe(self) -> None:
        described = self.repository
        row = {
            "repository_name": described.repository_name,
            "default_branch": described.default_branch,
            "is_private": described.is_private,
            "repository_url": described.repository_url,
            "is_recorded_archive": described.snapshot_at is not None,
            "archive_note": described.archive_note,
        }
        caches = self.provider.cache_entries(described).frames[CacheEntries]
        self.committer.write_changed(
            {
                Repositories: pl.DataFrame([row], schema_overrides={"archive_note": pl.String}),
                CacheEntries: stamped(caches, CacheEntries, {"snapshot_at": self.committer.known_until_at}),
                **self.provider.workflows(described).frames,
            }
        )

    def _read_attempts(self, runs: Listing) -> None:
        listed = runs.rows
        unsettled = attempts_unsettled(self.ledger.entries)
        settled = self.ledger.items("run_attempt", *FINAL_STATES) - unsettled
        keys = [*attempts_owed(listed, settled=settled), *attempts_unlisted(unsettled, listed=listed)]
        rows = listed.partition_by("run_id", "run_attempt", as_dict=True)
        reader = AttemptReader(
            provider=self.provider,
            repository=self.repository,
            known_until_at=self.committer.known_until_at,
            store_early=lambda frames, month: self.committer.write(frames, month=month),
            known_workflow_files=set(self.ledger.items("workflow_file", *FINAL_STATES)),
        )

        def read(key: AttemptKey) -> Reading:
            return reader.read(key, rows.get((key.run_id, key.run_attempt)), runs.payloads.get(key.item_id))

        self._read_in_batches(keys, read, stage="reading runs")

    def _read_artifacts(self) -> None:
        final = list(self.ledger.items("artifact", *FINAL_STATES))
        settled = pl.DataFrame({"artifact_id": final}, schema={"artifact_id": pl.String}).cast(pl.Int64)
        owed = self.committer.current(Artifacts).join(settled, on="artifact_id", how="anti")
        # Soonest to expire first; those that never expire last.
        ordered = owed.sort("expires_at", "artifact_id", nulls_last=True)
        reader = ArtifactReader(provider=self.provider, repository=self.repository)
        self._read_in_batches(ordered.to_dicts(), reader.read, stage="reading artifacts")

    def _finish(self, validators: Mapping[str, Validator], row: Mapping[str, object]) -> None:
        """Say that the sync is complete; when nothing at all is new nothing is written."""
        frames: Frames = {}
        met = [
            {"request_url": url, "etag": validator.etag, "next_url": validator.next_url}
            for url, validator in validators.items()
            if self._validators.get(url) != validator
        ]
        if met:
            frames[PageValidators] = pl.DataFrame(met, schema_overrides={"next_url": pl.String})
        if self.committer.row_counts or self.known_before != self.committer.known_until_at:
            instants = {"window_start_at": Syncs.create_empty().schema["window_start_at"]}
            frames[Syncs] = pl.DataFrame([row], schema_overrides=instants)
        self.committer.write(frames)

    def _forget(self) -> None:
        if self.options.log_retention is not None:
            forget_months(
                self.committer.lake,
                LogLines,
                provider=self.repository.provider,
                repository_id=self.repository.repository_id,
                before=(self.committer.known_until_at - self.options.log_retention).date(),
            )

    def _read_in_batches(self, things: Sequence[Thing], read: Callable[[Thing], Reading], *, stage: str) -> None:
        """Read things concurrently and commit them batch by batch, in order."""
        self._tell(stage, 0, len(things))
        with ThreadPoolExecutor(self.options.concurrent_requests) as pool:
            for start in range(0, len(things), BATCH_SIZE):
                futures = [pool.submit(read, thing) for thing in things[start : start + BATCH_SIZE]]
                readings, stopped = _until_stopped(futures)
                self.committer.commit(readings)
                self._tell(stage, start + len(readings), len(things))
                if stopped is not None:
                    raise stopped

    @cached_property
    def _validators(self) -> dict[str, Validator]:
        """Those of the last complete sync."""
        stored = self.ledger.validators.items()
        return {url: Validator(etag=validator.etag, next_url=validator.next_url) for url, validator in stored}

    def _tell(self, stage: str, done: int, total: int) -> None:
        self.on_progress(Progress(repository_name=self.repository.repository_name, stage=stage, done=done, total=total))


def _until_stopped(futures: Sequence[Future[Reading]]) -> tuple[list[Reading], PipelineError | None]:
    """The readings up to the first thing that says nothing more can be read now, and what it said."""
    readings = []
    for future in futures:
        try:
            readings.append(future.result())
        except PipelineError as error:
            for waiting in futures:
                waiting.cancel()
            return readings, error
    return readings, None
