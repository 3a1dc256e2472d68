"""Provider → lake, for one repository: whatever is new or unfinished, in committed batches."""

import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from itertools import accumulate

import polars as pl

from pipeline_etl.contracts.tables import (
    TABLES,
    Artifacts,
    CacheEntries,
    LogLines,
    PageValidators,
    Repositories,
    Syncs,
    Workflows,
)
from pipeline_etl.errors import CorruptPartition, PipelineError
from pipeline_etl.extraction.commit import Clock, Committer, ever_later
from pipeline_etl.extraction.listing import Lister, Listing
from pipeline_etl.extraction.mending import mend_found
from pipeline_etl.extraction.outcome import OnProgress, Progress, RepositorySync, SyncOptions
from pipeline_etl.extraction.owed import all_owed, artifacts_in_question
from pipeline_etl.extraction.permissions import Permissions, probe
from pipeline_etl.extraction.plan import PAGES_KEPT, AttemptKey, Span, history_known, spans_to_list
from pipeline_etl.extraction.readers import thing_reader
from pipeline_etl.extraction.reading import read_in_batches
from pipeline_etl.extraction.rows import Frames, stamped
from pipeline_etl.providers import Provider, Repository, Validator
from pipeline_etl.storage import Lake, Ledger, compact, damaged, forget_months


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
            try:
                compact(lake, table)
            except CorruptPartition:
                mend_found(lake, damaged(lake.root, table), clock=clock)
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
    permissions = Permissions()
    row_counts: dict[str, int] = {}
    known_until_at: datetime | None = None
    error: PipelineError | None = None
    try:
        repository = provider.repository(repository_name)
        provider_name, repository_id = repository.provider, repository.repository_id
        # The service's clock dates the runs; by ours, a sync could claim to know a year that has not been.
        until = repository.snapshot_at or repository.told_at or started_at
        page_life = options.rerun_window + PAGES_KEPT
        ledger = Ledger.read(lake, provider=provider_name, repository_id=repository_id, page_life=page_life)
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
            permissions=permissions,
            requests_before=requests_before,
        ).run(started_at)
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
        lacking=permissions.sentences,
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
    permissions: Permissions
    requests_before: int
    """Requests the provider had sent before, for other repositories."""

    @property
    def listed_until(self) -> datetime | None:
        """Moment up to which no list need be read again; None when all of each must be.

        The pages of a complete sync are known by their validators. Where these are gone the lists are in doubt.
        """
        return self.known_before if self._validators else None

    def run(self, started_at: datetime) -> None:
        """All of it: descriptions, lists, what is owed, and last of all the word that the sync is complete."""
        until, start = self.committer.known_until_at, self.options.since
        since = until - start if isinstance(start, timedelta) else start
        known = history_known(self.ledger.syncs, until=self.listed_until)
        spans = spans_to_list(known, since=since, until=until, rerun_window=self.options.rerun_window)
        self._describe()
        runs = self._listed_runs(spans)
        artifacts = self._lister(self._validators).artifacts(
            known=partial(self.ledger.met, "artifact") if self.listed_until else None
        )
        self.committer.write_changed({Artifacts: artifacts.rows}, payloads={Artifacts: [*artifacts.payloads.values()]})
        is_known = known is not None and len(spans) == 1
        in_question = artifacts_in_question(self.committer, self.ledger, artifacts.rows, is_known=is_known)
        self._read(runs, in_question, history_start=known.since if known and is_known else since)
        self._finish(
            {**runs.validators, **artifacts.validators},
            {
                "sync_id": uuid.uuid4().hex,
                "started_at": started_at,
                "window_start_at": spans[-1].since,
                "known_until_at": until,
                "is_complete": True,
                "request_count": self.provider.request_count - self.requests_before,
                **self._limits(),
            },
        )
        self._forget()

    def _listed_runs(self, spans: Sequence[Span]) -> Listing:
        listings = [
            self._lister({} if span.is_new else self._validators).runs(
                since=span.since, until=span.until, revisited=span.revisited
            )
            for span in spans
        ]
        return Listing(
            rows=pl.concat([listing.rows for listing in listings]).unique("run_id", keep="first", maintain_order=True),
            validators={url: known for listing in listings for url, known in listing.validators.items()},
            payloads={item_id: payload for listing in listings for item_id, payload in listing.payloads.items()},
        )

    def _lister(self, validators: Mapping[str, Validator]) -> Lister:
        return Lister(provider=self.provider, repository=self.repository, validators=validators, tell=self._tell)

    def _describe(self) -> None:
        described, until = self.repository, self.committer.known_until_at
        caches = self.provider.cache_entries(described)
        workflows = self.provider.workflows(described)
        # Each look at the caches is a thing of its own: the list has no name but its moment.
        looks = [replace(payload, item_id=until.isoformat()) for payload in caches.payloads]
        self.committer.write_changed(
            {
                Repositories: described.rows,
                CacheEntries: stamped(caches.frames[CacheEntries], CacheEntries, {"snapshot_at": until}),
                Workflows: workflows.frames[Workflows],
            },
            payloads={
                Repositories: [described.payload] if described.payload else [],
                CacheEntries: looks,
                Workflows: workflows.payloads,
            },
        )

    def _read(self, runs: Listing, in_question: pl.DataFrame, *, history_start: datetime | None) -> None:
        """What is owed, of all kinds, soonest to expire first."""
        probe(self.permissions, self.provider, self.repository, self.ledger)
        refused = frozenset(map(str, self.permissions.refused))
        owed = all_owed(self.committer, self.ledger, runs.rows, in_question, since=history_start, refused=refused)
        read = thing_reader(
            self.provider,
            self.repository,
            ledger=self.ledger,
            committer=self.committer,
            permissions=self.permissions,
            runs=runs,
            owed=owed,
        )
        attempts_up_to = list(accumulate((isinstance(thing.subject, AttemptKey) for thing in owed), initial=0))

        def tell(done: int) -> None:
            attempts_left = attempts_up_to[-1] - attempts_up_to[done]
            left = {"attempts with their logs": attempts_left, "artifacts": len(owed) - done - attempts_left}
            self._tell("reading", done, len(owed), left=left)

        batches = read_in_batches(owed, read, concurrent_requests=self.options.concurrent_requests, tell=tell)
        with closing(batches):
            for readings in batches:
                self.committer.commit(readings)

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
            kinds = Syncs.create_empty().schema
            frames[Syncs] = pl.DataFrame([row], schema_overrides={name: kinds[name] for name in row})
        self.committer.write(frames)

    def _limits(self) -> dict[str, object]:
        """What the service said of how much, and how long, may still be asked."""
        budget = self.provider.budget
        return {
            "budget_count": budget and budget.limit_count,
            "budget_left_count": budget and budget.remaining_count,
            "budget_resets_at": budget and budget.resets_at,
            "token_expires_at": self.provider.token_expires_at,
        }

    def _forget(self) -> None:
        if self.options.log_retention is not None:
            forget_months(
                self.committer.lake,
                LogLines,
                provider=self.repository.provider,
                repository_id=self.repository.repository_id,
                before=(self.committer.known_until_at - self.options.log_retention).date(),
            )

    @cached_property
    def _validators(self) -> dict[str, Validator]:
        """Those of the last complete sync."""
        stored = self.ledger.validators.items()
        return {url: Validator(etag=validator.etag, next_url=validator.next_url) for url, validator in stored}

    def _tell(self, stage: str, done: int, total: int, *, left: Mapping[str, int] | None = None) -> None:
        self.on_progress(
            Progress(
                repository_name=self.repository.repository_name,
                stage=stage,
                done=done,
                total=total,
                left=left or {},
                request_count=self.provider.request_count - self.requests_before,
                budget=self.provider.budget,
                waits_until=self.provider.waits_until,
                is_backfill=self.known_before is None and self.repository.snapshot_at is None,
            )
        )
