"""A first backfill from a service on loopback that takes 50 ms for every answer: calls, and time beside its floor."""

import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

from pipeline_etl.extraction import SyncOptions, sync_repository
from pipeline_etl.providers import Waiting, github_provider
from pipeline_etl.storage import Lake
from tests.benchmark.figure import Figure, seconds_of
from tests.fake_ci.scenario import Story, a_run, failed, passed, superseded
from tests.fake_ci.server import TOKEN, FakeCI

LATENCY_SECONDS = 0.05
CONCURRENT = 8
RUNS = 400
TESTS = 500
OF_ATTEMPTS = ("attempt", "jobs", "file", "log archive", "job log", "annotations")


def figures() -> Iterable[Figure]:
    """Runs and jobs alone, then with everything."""
    yield from backfill("runs and jobs", is_everything=False)
    yield from backfill("everything", is_everything=True)


def backfill(what: str, *, is_everything: bool) -> Iterable[Figure]:
    """The same history without latency tells what our own work takes; its floor is added to that of the calls."""
    taken = {}
    for latency in (0.0, LATENCY_SECONDS):
        with FakeCI(told(is_everything=is_everything)) as ci, tempfile.TemporaryDirectory() as folder:
            ci.latency_seconds, ci.budget = latency, 10**6
            taken[latency] = seconds_of(lambda ci=ci, folder=folder: sync(ci, Path(folder)))
            requests = ci.calls.total() + len(ci.storage_requests)
            by_endpoint = Counter(ci.calls)
            sync(ci, Path(folder))
            of_a_night = ci.calls - by_endpoint
    artifacts, per_run = by_endpoint["artifact"], sum(by_endpoint[name] for name in OF_ATTEMPTS)
    floor = requests / CONCURRENT * LATENCY_SECONDS
    yield Figure(f"{what}: calls per new attempt but for artifacts", per_run / RUNS, "calls", 3)
    yield Figure(f"{what}: calls per artifact", artifacts / max(len(ci.story.artifacts), 1), "calls", 1)
    for endpoint, calls in by_endpoint.most_common():
        yield Figure(f"  {endpoint}", calls, "calls")
    for endpoint, calls in of_a_night.most_common():
        yield Figure(f"  {endpoint}, in a night without news", calls, "calls")
    yield Figure(f"{what}: backfill of {RUNS} runs at 50 ms", taken[LATENCY_SECONDS], "s", 1.5 * floor + taken[0.0])
    yield Figure("  floor: calls / 8 at a time x 50 ms", floor, "s")
    yield Figure("  floor: the same without latency, our work and the service's own", taken[0.0], "s")


def sync(ci: FakeCI, folder: Path) -> None:
    now = ci.story.time.now
    result = sync_repository(
        github_provider(ci.url, token=TOKEN, waiting=Waiting(now=now)),
        Lake(folder / "lake"),
        ci.story.name,
        clock=now,
        options=SyncOptions(concurrent_requests=CONCURRENT),
        on_progress=lambda _: None,
    )
    if result.error is not None:
        raise result.error


def told(*, is_everything: bool) -> Story:
    """Runs of a commit each where there is everything; else of one, all skipped before a log was written."""
    story = Story()
    for number in range(RUNS):
        jobs = [passed(f"test {job}") for job in range(6)]
        if is_everything and number % 10 == 0:
            jobs = [failed("lint"), *(superseded(f"test {job}", seconds=45) for job in range(20))]
        run = story.happens(a_run().with_attempt(*jobs), at=story.time.now() - timedelta(hours=number + 1))
        attempt = story.runs[run].attempts[0]
        if is_everything:
            attempt["head_sha"] = f"{run:040x}"
            story.has_artifact(run, "report", report(number))
        else:
            for job in story.runs[run].jobs[0]:
                job["conclusion"] = "skipped"
    return story


def report(number: int) -> bytes:
    cases = "".join(f'<testcase classname="c" name="t{test}" time="0.{number}"/>' for test in range(TESTS))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("junit.xml", f'<testsuite name="s">{cases}</testsuite>')
    return buffer.getvalue()
