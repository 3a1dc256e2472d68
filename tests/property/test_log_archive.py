"""Whatever jobs are called, no log is given to another job than its own."""

import io
import re
import warnings
import zipfile
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_etl.parsing.log_archive import LoggedJob, split_log_archive

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
names = st.one_of(
    st.sampled_from(["test", "test (1)", "test 1", "a/b", "ab", "a:b", "x" * 95, "x" * 96, "\U0001f605" * 50, "b / x"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), min_size=1, max_size=100).map(str.strip),
).filter(lambda name: bent(name) != "")
named_jobs = st.lists(st.tuples(names, st.integers(0, 3), st.booleans()), min_size=1, max_size=6)


def bent(name: str) -> str:
    """A job's name as the service writes it into the archive."""
    kept = re.sub(r'[\x00-\x1f/\\:<>|*?"]', "", name).encode("utf-16-le")[:180]
    return kept.decode("utf-16-le", errors="replace").strip()


def log_of(number: int, name: str, minute: int, *, is_stated: bool) -> bytes:
    """Lines that only this job prints, under the heading that it shares with others."""
    stamp = (NOON + timedelta(minutes=minute)).strftime("%Y-%m-%dT%H:%M:%S.5000000Z")
    stated = f"{stamp} Complete job name: {name}\n" if is_stated else ""
    return f"{stamp} Current runner version: '2'\n{stated}{stamp} I am {number}\n".encode()


@settings(max_examples=100)
@given(jobs=named_jobs, order=st.randoms(use_true_random=False))
def test_no_log_is_given_to_another_job_and_each_of_a_name_of_its_own_has_its(jobs, order) -> None:
    buffer = io.BytesIO()
    places = list(range(len(jobs)))
    order.shuffle(places)
    with warnings.catch_warnings(), zipfile.ZipFile(buffer, "w") as archive:
        warnings.simplefilter("ignore")  # of names given twice
        for place, number in enumerate(places):
            name, minute, is_stated = jobs[number]
            content = log_of(number, name, minute, is_stated=is_stated)
            archive.writestr(f"{place}_{bent(name)}.txt", content)
            archive.writestr(f"{bent(name)}/1_Set up job.txt", content)
    known = [LoggedJob(n, name, NOON + timedelta(minutes=minute)) for n, (name, minute, _) in enumerate(jobs)]
    whole = {n: files.whole for n, files in split_log_archive(buffer.getvalue(), known).jobs.items() if files.whole}
    labels = [bent(name) for name, _, _ in jobs]

    assert all(f"I am {job_id}\n".encode() in log for job_id, log in whole.items())
    assert {job_id for job_id, label in enumerate(labels) if labels.count(label) == 1} <= set(whole)
