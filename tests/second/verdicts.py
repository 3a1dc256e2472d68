"""Which job a report is of, what its tests came to, and why jobs failed."""

from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

from tests.second.attempts import Attempt, Job
from tests.second.lake import Row, latest, monday, of_latest_parent

FAMILIES_OF_THE_MACHINE = ("runner_lost", "timeout", "oom", "infra_service")
RETRYABLE = ("runner_lost", "network", "rate_limit", "infra_service")


def causes(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[tuple[int, int], str]:
    """Repository and job → why it failed, of executed jobs that failed. What no log tells has the cause unknown."""
    logs = {(row["repository_id"], row["job_id"]) for row in latest(lake, "job_logs", "job_id")}
    told = {
        (row["repository_id"], row["job_id"]): row["failure_class"]
        for row in of_latest_parent(lake, "log_findings", "job_logs", "job_id")
    }
    steps = defaultdict(set)
    for row in latest(lake, "steps", "job_id", "step_number"):
        steps[row["repository_id"], row["job_id"]].add(row["result"])
    found = {}
    for own in attempts.values():
        runs_with_logs = {each.row["run_id"] for each in own for job in each.jobs if job.key in logs}
        for each in own:
            for job in each.executed:
                if job.has_failed:
                    # Of a job whose steps are not listed nobody knows that none of them failed.
                    has_whole_steps = job.key in steps and "failure" not in steps[job.key]
                    is_silent = has_whole_steps and job.key not in logs and each.row["run_id"] in runs_with_logs
                    has_limit = job.row["result"] == "timeout" or job.has_passed_its_limit
                    found[job.key] = (
                        "timeout" if has_limit else told.get(job.key) or ("runner_lost" if is_silent else "unknown")
                    )
    return found


def reporting_jobs(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[tuple[int, int], Job | None]:
    """Repository and artifact → the executed job it is of: the one whose log names it, else the only one at work then."""
    executed = {job.key: job for own in attempts.values() for each in own for job in each.executed}
    of_run = defaultdict(list)
    for job in executed.values():
        of_run[job.row["repository_id"], job.row["run_id"]].append(job)
    found: dict[tuple[int, int], Job | None] = {}
    for row in latest(lake, "artifacts", "artifact_id"):
        at_work = [
            job
            for job in of_run[row["repository_id"], row["run_id"]]
            if job.execution is not None and job.row["started_at"] <= row["created_at"] <= job.row["completed_at"]
        ]
        found[row["repository_id"], row["artifact_id"]] = at_work[0] if len(at_work) == 1 else None
    named: dict[tuple[int, int], int] = {}
    for row in of_latest_parent(lake, "artifact_uploads", "job_logs", "job_id"):
        key = row["repository_id"], row["artifact_id"]
        if (row["repository_id"], row["job_id"]) in executed:
            named[key] = min(row["job_id"], named.get(key, row["job_id"]))
    return found | {key: executed[key[0], job] for key, job in named.items()}


def verdict(tries: list[str]) -> str:
    """What the tries of a test come to; errors are failures, and a skip is neither pass nor fail."""
    has_failed, has_passed = bool({"failed", "error"} & set(tries)), "passed" in tries
    if has_failed:
        return "flaky_passed" if has_passed else "bad"
    return "passed" if has_passed else "skipped"


def executions_of(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[int, list[Row]]:
    """Repository → one row per test and job; all tries in the reports of the job are one execution."""
    cause = causes(lake, attempts)
    jobs = reporting_jobs(lake, attempts)
    created = {
        (repository, each.row["run_id"]): each.row["created_at"] for repository, own in attempts.items() for each in own
    }
    tries, times = defaultdict(list), defaultdict(list)
    for row in of_latest_parent(lake, "test_results", "test_reports", "artifact_id", "report_path"):
        repository, artifact = row["repository_id"], row["artifact_id"]
        job = jobs.get((repository, artifact))
        place = ("job", job.id) if job else ("artifact", artifact)
        key = repository, row["run_id"], *place, row["test_id"]
        tries[key].append(row["test_outcome"])
        times[key].append((row["try_number"], row["test_seconds"]))
    tests_of = defaultdict(Counter)
    for key, outcomes in tries.items():
        tests_of[key[:4]][verdict(outcomes)] += 1
    found = defaultdict(list)
    for (repository, run, kind, place, test), outcomes in tries.items():
        counts = tests_of[repository, run, kind, place]
        ran = counts.total() - counts["skipped"]
        once_failed = counts["bad"] + counts["flaky_passed"]
        is_mass = once_failed > 20 and once_failed > 0.1 * ran
        outcome = verdict(outcomes)
        found[repository].append(
            {
                "run_id": run,
                "job_id": place if kind == "job" else None,
                "execution": place,
                "test_id": test,
                "outcome": outcome,
                "is_bad": outcome == "bad",
                "try_count": len(outcomes),
                "retry_seconds": _retry_seconds(times[repository, run, kind, place, test]),
                "is_mass_failure": is_mass
                or (kind == "job" and cause.get((repository, place)) in FAMILIES_OF_THE_MACHINE),
                "week": monday(created[repository, run]),
            }
        )
    return found


def _retry_seconds(tries: list[tuple[int, float]]) -> float:
    """Time of all tries but a first one, of several reports the shortest."""
    return sum(taken for _, taken in tries) - min(taken for number, taken in tries if number == 1)


def weekly_tests(executions: list[Row]) -> dict[date, dict[str, int]]:
    """Monday → tests executed, bad ones, ones that passed on a retry, and skips."""
    found = defaultdict(lambda: {"executed": 0, "bad": 0, "flaky_passed": 0, "skipped": 0})
    for row in executions:
        counts = found[row["week"]]
        counts["executed"] += row["outcome"] != "skipped"
        if row["outcome"] in counts:
            counts[row["outcome"]] += 1
    return dict(found)
