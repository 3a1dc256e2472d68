"""What the token may not read: asked for once in a sync and told once, with what is missing without it."""

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

import polars as pl

from pipeline_etl.contracts.vocabulary import ItemKind
from pipeline_etl.errors import Expired, Gone, NotPermitted, PipelineError, RateLimited, Unauthorized
from pipeline_etl.extraction.rows import Item, Problem, Reading, Seen
from pipeline_etl.providers import Provider, Repository
from pipeline_etl.storage import Ledger

Told = TypeVar("Told")


@dataclass(frozen=True)
class Need:
    """The permission that things of a kind need, and what their lack means."""

    permission: str
    lost: str


NEEDS: Final[Mapping[ItemKind, Need]] = {
    "run_attempt": Need("Actions: read", "Nothing of the repository can be read."),
    "job_log": Need("Actions: read", "No log is read: failure causes, caches and installations stay unknown."),
    "artifact": Need("Actions: read", "No test report, coverage report or telemetry is read."),
    "workflow_file": Need(
        "Contents: read", "The order of jobs is inferred from their times; declared limits and matrices stay unknown."
    ),
    "annotations": Need(
        "Checks: read", "Jobs that ran out of time or lost their runner count as cancelled or unknown."
    ),
}


def _never() -> bool:
    return False


@dataclass(kw_only=True)
class Permissions:
    """Asks for things of a kind until the service says that the token may not. Shared by threads."""

    _refused: dict[ItemKind, NotPermitted] = field(default_factory=dict)
    _granted: set[ItemKind] = field(default_factory=set)
    _told: set[ItemKind] = field(default_factory=set)
    _locks: dict[ItemKind, threading.Lock] = field(default_factory=lambda: defaultdict(threading.Lock))

    @property
    def refused(self) -> frozenset[ItemKind]:
        """Kinds that are not asked for any more."""
        return frozenset(self._refused)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is missing, a sentence or two for each kind."""
        return tuple(str(error) for error in self._refused.values())

    def ask(self, kind: ItemKind, question: Callable[[], Told], *, is_hidden: Callable[[], bool] = _never) -> Told:
        """The answer to a question about a thing of a kind.

        Args:
            kind: of the thing.
            question: asks the service.
            is_hidden: whether a thing that the service says is not there must be there, so that it is hidden.

        Raises:
            NotPermitted: the token may not read things of the kind; without asking when that is known.
            PipelineError: what the question raises.
        """
        if kind not in self._granted:
            # Until the first answer one thread asks and the others wait: a refusal is met once.
            with self._locks[kind]:
                if kind not in self._granted:
                    return self._ask(kind, question, is_hidden)
        return self._ask(kind, question, _never)

    def tell(self, reading: Reading, item: Item, error: NotPermitted) -> None:
        """Note in a reading that an item was not permitted; what that means for its kind, the first time."""
        reading.seen.append(Seen(item=item, state="not_permitted", reason=str(error)))
        if item.item_kind not in self._told:
            self._told.add(item.item_kind)
            reading.problems.append(Problem.of(error, Item(item_kind=item.item_kind, item_id="all")))

    def _ask(self, kind: ItemKind, question: Callable[[], Told], is_hidden: Callable[[], bool]) -> Told:
        if (known := self._refused.get(kind)) is not None:
            raise known
        try:
            answer = question()
        except NotPermitted as error:
            raise self._refuse(kind) from error
        except Gone as error:
            if not isinstance(error, Expired) and is_hidden():
                raise self._refuse(kind) from error
            self._granted.add(kind)
            raise
        self._granted.add(kind)
        return answer

    def _refuse(self, kind: ItemKind) -> NotPermitted:
        need = NEEDS[kind]
        return self._refused.setdefault(kind, NotPermitted(f"The token lacks {need.permission}. {need.lost}"))


def probe(permissions: Permissions, provider: Provider, repository: Repository, ledger: Ledger) -> None:
    """Find out whether the token may by now read what it could not: one thing of each kind that was refused.

    Raises:
        RateLimited, Unauthorized: nothing more can be read now.
    """
    refused = ledger.open.filter(pl.col("state") == "not_permitted").sort("extracted_at", "item_id")
    for entry in refused.unique("item_kind", keep="last", maintain_order=True).iter_rows(named=True):
        kind, item_id = entry["item_kind"], entry["item_id"]
        try:
            match kind:
                case "annotations":
                    question = partial(provider.annotations, repository, job_id=int(item_id))
                    permissions.ask(kind, question, is_hidden=lambda: True)
                case "workflow_file":
                    path, _, sha = item_id.rpartition("@")
                    read = partial(provider.workflow_file, repository, workflow_path=path, head_sha=sha)
                    permissions.ask(kind, read, is_hidden=lambda: True)
                case "job_log":
                    logs = partial(provider.log_archive, repository, run_id=entry["run_id"])
                    permissions.ask(kind, partial(logs, run_attempt=entry["run_attempt"]))
                case "artifact":
                    permissions.ask(kind, partial(provider.artifact_archive, repository, artifact_id=int(item_id)))
        except NotPermitted:
            continue
        except (RateLimited, Unauthorized):
            raise
        except PipelineError:
            continue  # neither yes nor no: the first thing that is read will tell
