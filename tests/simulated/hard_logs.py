"""What the logs and reports of jobs tell: lookups of caches, causes of failures, artifacts and their tests."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from pipeline_etl.contracts.tables import (
    Artifacts,
    ArtifactUploads,
    CacheOperations,
    JobLogs,
    LogFindings,
    TestReports,
    TestResults,
)
from tests.simulated.hard_history import Row, Rows

CAUSES: Final = {
    "failure": ("test", "test", "compile", "lint", "dependency", "oom", "disk"),
    "infra": ("network", "rate_limit", "infra_service", "runner_lost"),
    "timeout": ("timeout",),
}
RETRYABLE: Final = frozenset({"network", "rate_limit", "infra_service", "runner_lost"})

OUTCOMES: Final = {"exact": 0.48, "partial": 0.12, "miss": 0.25, "error": 0.05, "lookup": 0.1}

TRIES: Final = {
    ("passed",): 0.8,
    ("failed",): 0.04,
    ("error",): 0.01,
    ("skipped",): 0.05,
    ("failed", "passed"): 0.03,
    ("passed", "failed"): 0.01,
    ("failed", "failed", "passed"): 0.01,
    ("error", "passed"): 0.01,
    ("failed", "failed"): 0.01,
    ("skipped", "failed"): 0.01,
    ("skipped", "passed"): 0.01,
    ("skipped", "skipped"): 0.01,
}
"""What becomes of the tries of a test in a report → how often."""


def add_logs_and_reports(rows: Rows, attempts: list[list[Row]]) -> None:
    """Logs and reports of the jobs of a run; carried over jobs are listed with the log they had."""
    started: set[tuple[str, object]] = set()
    for jobs in attempts:
        for job in jobs:
            is_carried = (job["job_name"], job["started_at"]) in started
            started.add((job["job_name"], job["started_at"]))
            if job["status"] != "completed" or job["started_at"] is None or job["fate"] == "skip":
                continue
            if rows.chance(0.85):
                _add_log(rows, job)
            if is_carried and rows.chance(0.5):
                continue
            if job["job_name"].startswith(("test", "soak")) and rows.chance(0.8):
                _add_report(rows, job, is_named=job["job_name"].startswith("test") and rows.chance(0.8))


def _of_job(job: Row, **row: object) -> Row:
    return {"job_id": job["job_id"], "run_id": job["run_id"], "run_attempt": job["run_attempt"], **row}


def _add_log(rows: Rows, job: Row) -> None:
    log = _of_job(job, line_count=100, log_bytes=9_000, redaction_count=0, truncated_line_count=0)
    rows.late[JobLogs].append(log)
    if cause := CAUSES.get(job["fate"]):
        failure_class = rows.one_of(cause)
        rows.late[LogFindings].append(
            _of_job(
                job,
                failure_class=failure_class,
                confidence="high",
                rule_name="made_up",
                is_retryable=failure_class in RETRYABLE,
            )
        )
    if job["job_name"] in ("lint", "deploy", "sum up"):
        return
    outcome = str(rows.rng.choice(list(OUTCOMES), p=list(OUTCOMES.values())))
    lookup = _lookup(rows, job, outcome, line_number=20)
    rows.late[CacheOperations].append(lookup)
    if rows.chance(0.2):
        rows.late[CacheOperations].append(_lookup(rows, job, "exact", line_number=25) | {"requested_key": "tools"})
    if outcome in ("miss", "partial"):
        saved = rows.one_of(("saved", "saved", "saved", "saved", "lost_race", "too_large", "error"))
        rows.late[CacheOperations].append(
            lookup | {"line_number": 90, "step_number": 5, "operation": "save", "cache_outcome": saved}
        )
    if rows.chance(0.2):
        # An earlier look at the log was cut: what it held besides stands no more.
        rows.early[JobLogs].append(log)
        rows.early[CacheOperations].append(_lookup(rows, job, "exact", line_number=30))


def _lookup(rows: Rows, job: Row, outcome: str, *, line_number: int) -> Row:
    # A slot lives for ten days, so that it has fewer lookups than an estimate of its saving takes.
    place = rows.place
    era = "abcdefghijklmnop"[(place.as_of - job["started_at"]).days // 10 % 16]
    started_at = job["started_at"] + rows.seconds(1, 3)
    return _of_job(
        job,
        line_number=line_number,
        step_number=2,
        operation="restore",
        cache_outcome=outcome,
        cache_tool="actions/cache",
        requested_key=f"deps-{era}-{rows.whole(0, 3):064x}",
        cache_bytes=1_000_000,
        started_at=started_at,
        completed_at=started_at + rows.seconds(0, 9),
    )


def _add_report(rows: Rows, job: Row, *, is_named: bool) -> None:
    """One artifact of two files. The log of the job names it, or only its time can tell where it is from."""
    artifact_id = rows.new_id()
    # A job that ends before it begins was not at work at any moment.
    inside = max(0, int((job["completed_at"] - job["started_at"]).total_seconds()) - 1)
    uploaded_at = job["started_at"] + timedelta(seconds=inside)
    rows.late[Artifacts].append(
        {
            "artifact_id": artifact_id,
            "run_id": job["run_id"],
            "artifact_name": f"junit-{job['job_name']}",
            "artifact_bytes": 20_000,
            "is_expired": False,
            "created_at": uploaded_at,
            "expires_at": uploaded_at + timedelta(days=90),
        }
    )
    if is_named:
        rows.late[JobLogs].append(
            _of_job(job, line_count=100, log_bytes=9_000, redaction_count=0, truncated_line_count=0)
        )
        rows.late[ArtifactUploads].append(
            _of_job(job, artifact_id=artifact_id, line_number=95, step_number=4, uploaded_at=uploaded_at)
        )
    tests = _tests(rows, job, _tests_of_one_kind(rows, job))
    for path, own in (("unit.xml", tests[: len(tests) // 2 + 2]), ("more.xml", tests[len(tests) // 2 :])):
        report = {"artifact_id": artifact_id, "report_path": path, "run_id": job["run_id"]}
        late = _results(report, own)
        rows.late[TestResults].extend(late)
        rows.late[TestReports].append(_report(rows, report, late))
        if rows.chance(0.1):
            early = _results(report, [(number + 500, ("failed",)) for number, _ in own])
            rows.early[TestResults].extend(early)
            rows.early[TestReports].append(_report(rows, report, early))


def _tests_of_one_kind(rows: Rows, job: Row) -> dict[int, tuple[str, ...]]:
    """Number of a test and its tries, of tests whose whole life is of one kind; nothing of them is drawn."""
    age = rows.place.as_of - job["started_at"]
    number, name = job["run_id"] % 997, job["job_name"]

    def within(first: float, last: float = 0.0) -> bool:
        """Whether it is that many days before the end, of which the last one is not."""
        return timedelta(days=last) < age <= timedelta(days=first)

    def bad(is_bad: object) -> tuple[str, ...]:
        return ("failed",) if is_bad else ("passed",)

    found = {
        300: bad(is_bad=False),
        301: ("failed", "passed") if number % 31 == 0 else ("passed",),
        302: bad(within(6)),
        303: bad(within(22, 17)),
        306: ("skipped",) if within(11) else ("passed",),
        307: bad(name == "test (3.13)" and within(40)),
        308: ("failed", "passed") if name == "test (3.12)" and number % 3 == 0 else ("passed",),
        310: bad(number % 5 == 0 and job["run_attempt"] == 1),
        311: bad(is_bad=True) if within(2) else ("skipped",) if within(20) else ("passed",),
        312: bad(number % 47 == 0),
        313: bad(within(0.5)),
    }
    if within(12):
        found[304] = bad(number % 11 == 0)
    if not within(10):
        found[305] = bad(number % 6 == 0)
    if name == "soak (a)" and number % 3 == 0:
        found[309] = bad(is_bad=False)
    return found


def _tests(rows: Rows, job: Row, others: Mapping[int, tuple[str, ...]]) -> list[tuple[int, tuple[str, ...]]]:
    """Number of a test and its tries; tests come and go, and at times nearly all of them fail."""
    kinds = list(TRIES)
    present = [number for number in range(30) if number % 7 or rows.chance(0.9)]
    if job["result"] == "failure" and rows.chance(0.4):
        # 20 bad tests are no mass failure, 21 are; nor are 21 of 210.
        bad, whole = rows.one_of(((20, 30), (21, 30), (25, 30), (21, 210), (22, 210)))
        return [(number, ("failed",) if number < bad else ("passed",)) for number in range(whole)]
    drawn = rows.rng.choice(len(kinds), size=len(present), p=list(TRIES.values()))
    return [*((number, kinds[int(kind)]) for number, kind in zip(present, drawn, strict=True)), *others.items()]


def _results(report: Row, tests: list[tuple[int, tuple[str, ...]]]) -> list[Row]:
    flat = [(test, number, outcome) for test, tries in tests for number, outcome in enumerate(tries, 1)]
    return [
        {
            **report,
            "result_number": number,
            "test_id": f"test-{test}",
            "suite_name": "suite",
            "class_name": "tests.module",
            "test_name": f"test_{test}",
            "try_number": ordinal,
            "test_outcome": outcome,
            "test_seconds": 0.5 + test % 5,
            "message": None if outcome == "passed" else "as drawn",
        }
        for number, (test, ordinal, outcome) in enumerate(flat, 1)
    ]


def _report(rows: Rows, report: Row, results: list[Row]) -> Row:
    dialect = rows.one_of(("junit", "trx", "nunit", "xunit"))
    return {**report, "report_format": dialect, "suite_count": 1, "test_case_count": len(results)}
