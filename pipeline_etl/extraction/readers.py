"""The readers of one sync, joined: whatever is owed is read by the one that knows how."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from functools import partial

import polars as pl

from pipeline_etl.contracts.tables import WorkflowFiles, WorkflowFileVersions, WorkflowJobs, Workflows
from pipeline_etl.extraction.annotations import AnnotationReader
from pipeline_etl.extraction.artifacts import ArtifactReader
from pipeline_etl.extraction.attempts import AttemptReader
from pipeline_etl.extraction.commit import Committer
from pipeline_etl.extraction.listing import Listing
from pipeline_etl.extraction.logs import LogReader
from pipeline_etl.extraction.owed import Owed
from pipeline_etl.extraction.permissions import Permissions
from pipeline_etl.extraction.plan import AttemptKey
from pipeline_etl.extraction.rows import Reading
from pipeline_etl.extraction.workflow_files import WorkflowFileReader, shortest_timeouts
from pipeline_etl.providers import Provider, Repository
from pipeline_etl.storage import Ledger


def thing_reader(
    provider: Provider,
    repository: Repository,
    *,
    ledger: Ledger,
    committer: Committer,
    permissions: Permissions,
    runs: Listing,
    owed: Sequence[Owed],
) -> Callable[[Owed], Reading]:
    """What reads whatever is owed, from any thread.

    Args:
        provider: the service.
        repository: of which things are read.
        ledger: what was read before.
        committer: knows what is stored.
        permissions: what the token may not read.
        runs: the runs that were listed.
        owed: what is to be read.
    """
    until = committer.known_until_at
    run_ids = {thing.subject.run_id for thing in owed if isinstance(thing.subject, AttemptKey)}
    wanted = runs.rows.filter(pl.col("run_id").is_in(sorted(run_ids)))

    def stored_timeouts(shas: Collection[str]) -> Mapping[str, timedelta | None]:
        versions = committer.current(WorkflowFileVersions, where=pl.col("head_sha").is_in(sorted(shas)))
        of_them = pl.col("workflow_file_id").is_in(versions["workflow_file_id"].unique().implode())
        return shortest_timeouts(
            versions, committer.current(WorkflowJobs, where=of_them), committer.current(WorkflowFiles, where=of_them)
        )

    files = WorkflowFileReader(
        provider=provider,
        repository=repository,
        permissions=permissions,
        settled=partial(ledger.settled, "workflow_file"),
        expected=frozenset(f"{path}@{sha}" for path, sha in wanted.select("workflow_path", "head_sha").iter_rows()),
        stored_timeouts=stored_timeouts,
        witness_path=_witness(committer),
    )
    attempts = AttemptReader(
        provider=provider,
        repository=repository,
        workflow_files=files,
        annotations=AnnotationReader(
            provider=provider,
            repository=repository,
            permissions=permissions,
            workflow_files=files,
            known_until_at=until,
        ),
        logs=LogReader(
            provider=provider,
            repository=repository,
            permissions=permissions,
            known_until_at=until,
            store_early=committer.store_early,
            known=ledger.settled_of_runs("job_log", run_ids),
        ),
    )
    artifacts = ArtifactReader(provider=provider, repository=repository, permissions=permissions)
    rows = runs.rows.partition_by("run_id", "run_attempt", as_dict=True)

    def read(thing: Owed) -> Reading:
        key = thing.subject
        if not isinstance(key, AttemptKey):
            return artifacts.read(dict(key))
        return attempts.read(key, rows.get((key.run_id, key.run_attempt)), runs.payloads.get(key.item_id))

    return read


def _witness(committer: Committer) -> str | None:
    """A workflow whose file is on the default branch: an active one, of which the service says so."""
    workflows = committer.current(Workflows).filter(workflow_state="active").sort("workflow_id")
    paths = (path for path in workflows["workflow_path"] if not path.startswith("dynamic/"))
    return next(paths, None)
