"""What the jobs of both recorded repositories come to."""

import gzip
from pathlib import Path

import msgspec

from pipeline_etl.providers.github import normalize, payloads

SAMPLE = Path(__file__).parents[4] / "data/sample/github"


def sample_jobs(repository):
    with gzip.open(SAMPLE / repository / "jobs.jsonl.gz") as lines:
        return [msgspec.json.decode(line, type=payloads.Job) for line in lines]


def test_in_the_history_of_bitcoin_all_jobs_started_but_634_that_were_cancelled_in_the_queue():
    listed = sample_jobs("bitcoin/bitcoin")
    unstarted = [each for each in listed if not normalize.was_started(each)]

    assert len(listed) == 17_002
    assert (len(unstarted), {each.conclusion for each in unstarted}) == (634, {"cancelled"})
    # The evidence: none of them has a phase that the source measured.
    assert {step.name for each in unstarted for step in each.steps} == {"(time not attributed by the source)"}


def test_in_the_history_of_sqlite_utils_only_skipped_jobs_did_not_start():
    listed = sample_jobs("simonw/sqlite-utils")

    assert [each.conclusion for each in listed if not normalize.was_started(each)] == ["skipped"] * 46
