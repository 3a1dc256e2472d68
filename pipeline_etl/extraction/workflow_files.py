"""Workflow files as they were at the commits of runs: each is asked for once, and knows how long its jobs may run."""

import re
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import WorkflowFiles, WorkflowFileVersions, WorkflowJobs
from pipeline_etl.errors import ContentError, NotPermitted, PipelineError, RateLimited, Unauthorized
from pipeline_etl.extraction.permissions import Permissions
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Item, Problem, Reading, Seen, stamped, state_after
from pipeline_etl.parsing.workflow_file import parse_workflow_file, workflow_text
from pipeline_etl.providers import Provider, Repository

DEFAULT_TIMEOUT: Final = timedelta(hours=6)
"""Of a job that states none."""

OPEN_TIMEOUT: Final = re.compile(r"timeout-minutes[\"']?\s*:(?!\s*\d)")
"""A limit that is no plain number, but an expression, an alias or a text: what it comes to is not read here."""


@dataclass(frozen=True, kw_only=True)
class WorkflowFileReader:
    """Reads workflow files of one repository. Shared by threads."""

    provider: Provider
    repository: Repository
    permissions: Permissions
    expected: frozenset[str]
    """Item ids (path@sha) that are likely to be asked for: what is stored of them is looked up at once."""
    settled: Callable[[Collection[str]], frozenset[str]]
    """Says which of some item ids need no further look."""
    stored_timeouts: Callable[[Collection[str]], Mapping[str, timedelta | None]]
    """Shortest limits of the files that are stored at some commits, by item id."""
    witness_path: str | None
    """A workflow that is on the default branch: who may not see its file may see none."""
    _read: dict[str, Future[timedelta | None]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def read(self, key: AttemptKey, attempt: Mapping[str, Any], reading: Reading) -> None:
        """The file an attempt was made from, unless it is known or being read for another attempt."""
        path, sha = attempt["workflow_path"], attempt["head_sha"]
        # With the attempt that asked for it: what is owed is found again through the attempt it belongs to.
        item = Item(item_kind="workflow_file", item_id=f"{path}@{sha}", run_id=key.run_id, run_attempt=key.run_attempt)
        with self._lock:
            if item.item_id in self._read or self._is_settled(item.item_id):
                return
            timeout = self._read[item.item_id] = Future()
        shortest = None
        try:
            shortest = self._file(item, path, sha, reading)
        finally:
            timeout.set_result(shortest)

    def shortest_timeout(self, attempt: Mapping[str, Any]) -> timedelta | None:
        """The shortest time that any job of an attempt may run; None when that is not known."""
        item_id = f"{attempt['workflow_path']}@{attempt['head_sha']}"
        read = self._read.get(item_id)
        if read is not None:
            return read.result()
        with self._lock:
            is_expected = item_id in self.expected
            stored = self._stored_timeouts if is_expected else self.stored_timeouts([attempt["head_sha"]])
        return stored.get(item_id)

    def _is_settled(self, item_id: str) -> bool:
        return item_id in (self._settled if item_id in self.expected else self.settled([item_id]))

    @cached_property
    def _settled(self) -> frozenset[str]:
        return self.settled(self.expected)

    @cached_property
    def _stored_timeouts(self) -> Mapping[str, timedelta | None]:
        return self.stored_timeouts([item_id.rpartition("@")[2] for item_id in self.expected])

    def _file(self, item: Item, path: str, sha: str, reading: Reading) -> timedelta | None:
        if path.startswith("dynamic/"):
            reading.seen.append(Seen(item=item, state="not_wanted", reason="The service made it; it has no file."))
            return None
        try:
            content = self.permissions.ask(
                "workflow_file",
                lambda: self.provider.workflow_file(self.repository, workflow_path=path, head_sha=sha),
                is_hidden=self._is_hidden,
            )
        except NotPermitted as error:
            self.permissions.tell(reading, item, error)
            return None
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            reading.seen.append(Seen(item=item, state=state_after(error), reason=str(error)))
            return None
        file_id = sha256(content).hexdigest()
        version = pl.DataFrame([{"workflow_path": path, "head_sha": sha, "workflow_file_id": file_id}])
        reading.frames.append({WorkflowFileVersions: version})
        try:
            declared = parse_workflow_file(content)
        except ContentError as error:
            reading.seen.append(Seen(item=item, state="unreadable", reason=str(error)))
            reading.problems.append(Problem.of(error, item, file_path=path))
            return None
        context = {"workflow_path": path, "workflow_file_id": file_id}
        reading.frames.append({WorkflowJobs: stamped(declared, WorkflowJobs, context)})
        kept = workflow_text(content)
        if kept is not None:
            text = pl.DataFrame([{**context, "content_text": kept[0], "is_redacted": kept[1]}])
            reading.frames.append({WorkflowFiles: text})
        reading.seen.append(Seen(item=item, state="stored"))
        return None if kept is None else shortest_timeout(declared, text=kept[0])

    def _is_hidden(self) -> bool:
        """Whether the service shows no file at all, though there is one."""
        if self.witness_path is None or self.repository.snapshot_at is not None:
            return False
        try:
            self.provider.workflow_file(
                self.repository, workflow_path=self.witness_path, head_sha=self.repository.default_branch
            )
        except (RateLimited, Unauthorized):
            raise
        except PipelineError:
            return True
        return False


def shortest_timeout(declared: pl.DataFrame, *, text: str) -> timedelta | None:
    """The shortest time that any job of a file may run; None when an expression or another file says how long."""
    if OPEN_TIMEOUT.search(text) or declared["reusable_workflow"].is_not_null().any():
        return None
    seconds = declared["timeout_seconds"].fill_null(DEFAULT_TIMEOUT.total_seconds()).min()
    return timedelta(seconds=float(str(seconds)))


def shortest_timeouts(versions: pl.DataFrame, jobs: pl.DataFrame, files: pl.DataFrame) -> dict[str, timedelta | None]:
    """The same of every stored file, by path@sha.

    Args:
        versions: rows of WorkflowFileVersions.
        jobs: rows of WorkflowJobs.
        files: rows of WorkflowFiles.
    """
    declared = jobs.partition_by("workflow_path", "workflow_file_id", as_dict=True)
    texts = {
        (path, file_id): text
        for path, file_id, text in files.select("workflow_path", "workflow_file_id", "content_text").iter_rows()
    }
    of_file = {key: shortest_timeout(declared[key], text=text) for key, text in texts.items() if key in declared}
    return {
        f"{path}@{sha}": of_file.get((path, file_id))
        for path, sha, file_id in versions.select("workflow_path", "head_sha", "workflow_file_id").iter_rows()
    }
