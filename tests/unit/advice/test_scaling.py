"""What a scaling plan considers; never nothing."""

from pipeline_etl.advice.marts import SCALING_READS
from pipeline_etl.advice.scaling import scaling
from pipeline_etl.advice.shards import Terms

NOTHING = {mart: [] for mart in SCALING_READS}


def test_a_repository_nothing_is_known_of_is_told_what_is_missing():
    missing = [proposal.advice.missing for proposal in scaling("a/b", NOTHING, terms=Terms(), labels={})]

    assert missing == [
        "no workflow file of it that was run is stored",
        "no test report is tied to a job: upload JUnit XML as an artifact",
    ]


def test_rows_of_another_repository_are_none_of_its(declared_job):
    rows = {**NOTHING, "rpt_declared_jobs": [declared_job(repository_name="c/d"), declared_job()]}

    kinds = [
        (proposal.advice.kind, proposal.advice.repository_name)
        for proposal in scaling("a/b", rows, terms=Terms(), labels={})
    ]

    assert kinds == [("timeout", "a/b"), ("shards", "a/b")]
