"""All that a scaling plan considers, from the rows of the marts."""

from collections.abc import Mapping, Sequence

from pipeline_etl.advice.advice import too_thin
from pipeline_etl.advice.limits import max_parallel, timeouts
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.runners import STANDARD_LABELS, Declared, Labels, container_limits, runners
from pipeline_etl.advice.shard_advice import shards
from pipeline_etl.advice.shards import Terms
from pipeline_etl.advice.suite import suites_of
from pipeline_etl.errors import MalformedWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml


def scaling(repository_name: str, rows: Mapping[str, Sequence[Row]], *, terms: Terms, labels: Labels) -> list[Proposal]:
    """Every proposal for one repository; where nothing can be said of something, what is missing to say it.

    Args:
        repository_name: owner/name.
        rows: mart → its rows, of any repository.
        terms: what time and runners are worth.
        labels: what larger runners are called.
    """
    own = {mart: [row for row in found if row["repository_name"] == repository_name] for mart, found in rows.items()}
    declared = own["rpt_declared_jobs"]
    known = suites_of(own["rpt_test_suites"], own["rpt_test_durations"])
    sizes, jobs = own["rpt_right_sizing"], own["dim_jobs"]
    proposals = [
        *runners(sizes, jobs, labels={**STANDARD_LABELS, **labels}),
        *container_limits(sizes, jobs, _containers(own["dim_workflow_files"])),
        *timeouts(declared),
        *max_parallel(declared, own["rpt_matrix_parallelism"]),
        *shards(known, terms, own["rpt_runner_pools"]),
    ]
    if not declared:
        missing = "no workflow file of it that was run is stored"
        proposals.append(Proposal(advice=too_thin(repository_name, "limits of jobs", "timeout", missing)))
    if not known:
        missing = "no test report is tied to a job: upload JUnit XML as an artifact"
        proposals.append(Proposal(advice=too_thin(repository_name, "test suites", "shards", missing)))
    return proposals


def _containers(files: Sequence[Row]) -> set[Declared]:
    """The declared jobs that run in a container."""
    found = set()
    for file in files:
        try:
            document = load_yaml((file["content_text"] or "").encode())
        except MalformedWorkflowFile:
            continue  # nothing can be proposed for it either
        jobs = document.get("jobs") if isinstance(document, Mapping) else None
        for key, job in jobs.items() if isinstance(jobs, Mapping) else ():
            if isinstance(job, Mapping) and job.get("container"):
                found.add((file["workflow_path"], str(key)))
    return found
