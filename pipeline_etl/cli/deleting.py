"""Deletes at the service what a clean-up lists, one by one, and writes down each before the next.

Only what is listed and is still what it was when it was listed: a thing that the service now calls otherwise is left.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pipeline_etl.advice import Candidate, Held
from pipeline_etl.contracts.tables import Artifacts, CacheEntries
from pipeline_etl.errors import Gone, PipelineError, RateLimited, Unauthorized
from pipeline_etl.providers import Provider, Repository

Outcome = Literal["deleted", "gone", "changed", "failed"]
"""``gone``: it was not there any more. ``changed``: under its id is something else now."""

DONE: Final = frozenset({"deleted", "gone"})

FAILURES_IN_A_ROW: Final = 3
"""After so many the rest is left for another day."""


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """What came of a clean-up: how many things ended how, what was freed, and why it stopped if it did."""

    counts: Counter[Outcome]
    freed_bytes: int
    left_count: int
    error: PipelineError | None


class DeletionLog:
    """A file with a line of JSON for each thing that was to be deleted; lines are on disk before the next request."""

    def __init__(self, path: Path) -> None:
        self.path: Final = path

    def done(self) -> set[tuple[str, str, int]]:
        """Repository, kind and id of everything that is gone. A line that was cut off in the writing says nothing."""
        if not self.path.is_file():
            return set()
        found = set()
        for line in self.path.read_text("utf-8", errors="replace").splitlines():
            try:
                said = json.loads(line)
                if said["outcome"] in DONE:
                    found.add((str(said["repository_name"]), str(said["kind"]), int(said["id"])))
            except (ValueError, KeyError, TypeError):
                continue
        return found

    def note(self, candidate: Candidate, outcome: Outcome, *, at: datetime, said: str | None) -> None:
        """Write down what came of one thing."""
        line = {**candidate.as_json(), "outcome": outcome, "at": at.isoformat(), "said": said}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
            file.flush()
            os.fsync(file.fileno())


def delete_all(
    candidates: Sequence[Candidate],
    provider: Provider,
    repository: Repository,
    *,
    log: DeletionLog,
    clock: Callable[[], datetime],
) -> Deletion:
    """Delete what is listed of one repository, as far as the service lets us.

    A token that may not delete, a limit, and three failures in a row end it; one thing that cannot be deleted does not.
    """
    counts: Counter[Outcome] = Counter()
    freed, failures = 0, 0
    error: PipelineError | None = None
    service = _Service(provider, repository)
    for position, candidate in enumerate(candidates, start=1):
        outcome, failure = _tried(candidate, service)
        log.note(candidate, outcome, at=clock(), said=None if failure is None else str(failure))
        counts[outcome] += 1
        freed += candidate.item.size_bytes if outcome == "deleted" else 0
        failures, error = (failures + 1, failure) if failure else (0, error)
        if isinstance(failure, Unauthorized | RateLimited) or failures == FAILURES_IN_A_ROW:
            return Deletion(counts=counts, freed_bytes=freed, left_count=len(candidates) - position, error=error)
    return Deletion(counts=counts, freed_bytes=freed, left_count=0, error=error)


def _tried(candidate: Candidate, service: "_Service") -> tuple[Outcome, PipelineError | None]:
    try:
        return service.delete(candidate.item), None
    except PipelineError as error:
        return "failed", error


class _Service:
    """One repository at the service. Its list of caches is read once: an id never comes to mean another entry."""

    def __init__(self, provider: Provider, repository: Repository) -> None:
        self._provider: Final = provider
        self._repository: Final = repository
        self._cache_keys: dict[int, str] | None = None

    def delete(self, item: Held) -> Outcome:
        """Delete one thing if it is still the one that was listed."""
        state = self._state(item)
        if state != "there":
            return state
        try:
            if item.kind == "artifact":
                self._provider.delete_artifact(self._repository, artifact_id=item.item_id)
            else:
                self._provider.delete_cache(self._repository, cache_id=item.item_id)
        except Gone as error:
            # A service that shows a thing and finds none to delete does so to a token that may only read.
            self._cache_keys = None
            if self._state(item) == "there":
                raise Unauthorized(f"{error} It still shows it: the token may lack Actions: write.") from error
            return "gone"
        return "deleted"

    def _state(self, item: Held) -> Literal["there", "gone", "changed"]:
        found = self._artifact(item) if item.kind == "artifact" else self._keys().get(item.item_id)
        if found is None:
            return "gone"
        return "there" if found == item.name else "changed"

    def _artifact(self, item: Held) -> str | None:
        """Its name, if the service still holds the content."""
        try:
            frame = self._provider.artifact(self._repository, artifact_id=item.item_id).frames[Artifacts]
        except Gone:
            return None
        name, is_expired = frame.select("artifact_name", "is_expired").row(0)
        return None if is_expired else str(name)

    def _keys(self) -> dict[int, str]:
        if self._cache_keys is None:
            entries = self._provider.cache_entries(self._repository).frames[CacheEntries]
            self._cache_keys = dict(entries.select("cache_id", "cache_key").iter_rows())
        return self._cache_keys
