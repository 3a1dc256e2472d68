"""What of artifacts and caches could be deleted, and what that would free. Nothing is deleted here."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from pipeline_etl.advice.proposal import Row

ItemKind = Literal["artifact", "cache"]

EXPIRING: Final = timedelta(days=7)
"""What the service deletes by itself within this is hardly worth deleting."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """An artifact or a cache entry that the service held when it was last looked at."""

    repository_name: str
    kind: ItemKind
    item_id: int
    name: str
    """Name of the artifact, or key of the entry."""
    family: str
    """What it is a newer or older version of the others of: the latest of a family may be kept."""
    size_bytes: int
    created_at: datetime | None
    used_at: datetime | None
    """When an entry was last restored. Null for artifacts: the REST API does not tell who downloads them."""
    expires_at: datetime | None
    where: str
    """Branch or reference it was made for."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is deleted: everything that all of them allow."""

    older_than: timedelta
    larger_than_bytes: int
    keep_latest: int


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An item that the rules allow to be deleted, and why."""

    item: Held
    unused: timedelta
    """Since it was last restored, or made where nothing tells of its use."""
    is_expiring: bool

    def as_json(self) -> Mapping[str, Any]:
        """Its parts as JSON has them."""
        item = self.item
        return {
            "repository_name": item.repository_name,
            "kind": item.kind,
            "id": item.item_id,
            "name": item.name,
            "bytes": item.size_bytes,
            "created_at": _said(item.created_at),
            "last_used_at": _said(item.used_at),
            "expires_at": _said(item.expires_at),
            "where": item.where,
            "unused_days": self.unused // timedelta(days=1),
            "is_expiring": self.is_expiring,
        }


@dataclass(frozen=True, kw_only=True)
class CleanUp:
    """What the rules allow to be deleted of one repository, the largest first, and what stays."""

    repository_name: str
    as_of_at: datetime | None
    candidates: tuple[Candidate, ...]
    kept_count: int
    kept_bytes: int
    is_recorded_archive: bool = False
    """Whether it is no live service that holds them."""
    unread_count: int = 0
    """Artifacts whose content was not read yet: deleting before that loses what is in them."""

    @property
    def freed_bytes(self) -> int:
        """What deleting all of them frees."""
        return sum(candidate.item.size_bytes for candidate in self.candidates)

    @property
    def content(self) -> Mapping[str, Any]:
        """All of it as JSON has it."""
        return {
            "repository_name": self.repository_name,
            "as_of_at": _said(self.as_of_at),
            "freed_bytes": self.freed_bytes,
            "kept_count": self.kept_count,
            "kept_bytes": self.kept_bytes,
            "unread_count": self.unread_count,
            "candidates": [candidate.as_json() for candidate in self.candidates],
        }


def items_of(artifacts: Iterable[Row], cache_entries: Iterable[Row]) -> list[Held]:
    """What the service held: rows of fct_artifacts that have not expired, and of fct_cache_entries."""
    return [
        *(_artifact(row) for row in artifacts if not row["is_expired"]),
        *(_entry(row) for row in cache_entries),
    ]


def clean_up(repository_name: str, items: Iterable[Held], rules: Rules, *, as_of_at: datetime | None) -> CleanUp:
    """What of a repository's items may go. Ages are counted from the moment it is known up to.

    Where that is not known, or an item's age, the item stays; what has expired by then is gone already and is neither
    here nor there.
    """
    own = [item for item in items if item.repository_name == repository_name and not _is_past(item, as_of_at)]
    kept_families: defaultdict[tuple[ItemKind, str], int] = defaultdict(int)
    candidates = []
    for item in sorted(own, key=_age_order, reverse=True):
        kept_families[item.kind, item.family] += 1
        if kept_families[item.kind, item.family] <= rules.keep_latest:
            continue
        candidate = _judged(item, as_of_at)
        if candidate is None or candidate.unused < rules.older_than or item.size_bytes < rules.larger_than_bytes:
            continue
        candidates.append(candidate)
    chosen = {(each.item.kind, each.item.item_id) for each in candidates}
    kept = [item for item in own if (item.kind, item.item_id) not in chosen]
    return CleanUp(
        repository_name=repository_name,
        as_of_at=as_of_at,
        candidates=tuple(
            sorted(candidates, key=lambda each: (-each.item.size_bytes, each.item.kind, each.item.item_id))
        ),
        kept_count=len(kept),
        kept_bytes=sum(item.size_bytes for item in kept),
    )


def _judged(item: Held, as_of_at: datetime | None) -> Candidate | None:
    since = item.used_at or item.created_at
    if as_of_at is None or since is None:
        return None
    is_expiring = item.expires_at is not None and item.expires_at - as_of_at <= EXPIRING
    return Candidate(item=item, unused=as_of_at - since, is_expiring=is_expiring)


def _is_past(item: Held, as_of_at: datetime | None) -> bool:
    return as_of_at is not None and item.expires_at is not None and item.expires_at <= as_of_at


def _age_order(item: Held) -> tuple[bool, float, int]:
    """The latest made is the largest; one of unknown age counts as the latest."""
    return item.created_at is None, item.created_at.timestamp() if item.created_at else 0.0, item.item_id


def _artifact(row: Row) -> Held:
    branch = row["head_branch"] or "an unknown branch"
    return Held(
        repository_name=row["repository_name"],
        kind="artifact",
        item_id=row["artifact_id"],
        name=row["artifact_name"],
        family=row["artifact_name"],
        size_bytes=row["artifact_bytes"],
        created_at=row["created_at"],
        used_at=None,
        expires_at=row["expires_at"],
        where=branch,
    )


def _entry(row: Row) -> Held:
    return Held(
        repository_name=row["repository_name"],
        kind="cache",
        item_id=row["cache_id"],
        name=row["cache_key"],
        family=f"{row['ref']} {row['key_template']}",
        size_bytes=row["cache_bytes"],
        created_at=row["created_at"],
        used_at=row["last_accessed_at"],
        expires_at=None,
        where=row["ref"],
    )


def _said(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
