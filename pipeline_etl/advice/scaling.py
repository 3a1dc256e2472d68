"""All that a scaling plan considers, from the rows of the marts."""

from collections.abc import Mapping, Sequence

from pipeline_etl.advice.advice import too_thin
from pipeline_etl.advice.limits import max_parallel, timeouts
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.shard_advice import shards
from pipeline_etl.advice.shards import Terms
from pipeline_etl.advice.suite import suites_of


def scaling(repository_name: str, rows: Mapping[str, Sequence[Row]], *, terms: Terms) -> list[Proposal]:
    """Every proposal for one repository; where nothing can be said of something, what is missing to say it.

    Args:
        repository_name: owner/name.
        rows: mart → its rows, of any repository.
        terms: what time and runners are worth.
    """
    own = {mart: [row for row in found if row["repository_name"] == repository_name] for mart, found in rows.items()}
    declared = own["rpt_declared_jobs"]
    known = suites_of(own["rpt_test_suites"], own["rpt_test_durations"])
    proposals = [*timeouts(declared), *max_parallel(declared), *shards(known, terms)]
    if not declared:
        missing = "no workflow file of it that was run is stored"
        proposals.append(Proposal(advice=too_thin(repository_name, "limits of jobs", "timeout", missing)))
    if not known:
        missing = "no test report is tied to a job: upload JUnit XML as an artifact"
        proposals.append(Proposal(advice=too_thin(repository_name, "test suites", "shards", missing)))
    return proposals
