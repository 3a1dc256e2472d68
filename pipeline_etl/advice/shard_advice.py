"""Which test suites should be shared out by how many jobs."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from pipeline_etl.advice.advice import Advice, Confidence, Evidence, Gain, too_thin
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.sharded_workflow import SPLITTING, with_shards
from pipeline_etl.advice.shards import Choice, Prediction, Terms, choose, predict
from pipeline_etl.advice.suite import Suite
from pipeline_etl.wording import duration, plural

JOBS_NEEDED: Final = 5
MEASURED_FOR_CONFIDENCE: Final = 0.9
"""Share of the suite's time that is of tests with a duration of their own."""


def shards(suites: Iterable[Suite], terms: Terms, pools: Iterable[Row] = ()) -> list[Proposal]:
    """One proposal per declared job with a test suite; the legs of its matrix get one number of shards.

    Unless ``terms`` say how many runners a run may hold, rows of rpt_runner_pools do, for pools that have too few.
    """
    short = {row["pool_name"]: row for row in pools if row["run_runner_count"] is not None}
    legs: defaultdict[tuple[str, str | None, str], list[Suite]] = defaultdict(list)
    for suite in suites:
        legs[suite.repository_name, suite.workflow_path, suite.workflow_job_key or suite.job_name].append(suite)
    return [_proposal(key[2], each, terms, short) for key, each in legs.items()]


def _proposal(job: str, suites: Sequence[Suite], terms: Terms, short: Mapping[str, Row]) -> Proposal:
    missing = next((why for suite in suites if (why := _missing(suite)) is not None), None)
    if missing is not None:
        return Proposal(advice=too_thin(suites[0].repository_name, f"tests of job {job}", "shards", missing))
    choices = [
        choose(suite.items, overhead_seconds=suite.overhead_seconds or 0.0, terms=_terms_of(suite, terms, short))
        for suite in suites
    ]
    # The slowest leg is what the run waits for.
    suite, choice = max(
        zip(suites, choices, strict=True), key=lambda each: (each[1].chosen.shard_count, each[1].chosen.wall_seconds)
    )
    count = choice.chosen.shard_count
    now = predict(
        suite.items,
        overhead_seconds=suite.overhead_seconds or 0.0,
        shard_count=suite.shard_count,
        price_usd=suite.minute_price_usd,
    )
    is_to_change = count != suite.shard_count
    can_be_patched = is_to_change and suite.is_pytest and suite.workflow_path and suite.workflow_job_key and count > 1
    return Proposal(
        advice=Advice(
            repository_name=suite.repository_name,
            subject=f"tests of job {job}",
            kind="shards",
            action=_action(suite, count),
            evidence=(*_evidence(suite, choice, now), *_scarcity(suite, terms, short)),
            gain=_gain(suite, now, choice.chosen) if is_to_change else None,
            confidence=_confidence(suite),
        ),
        workflow_path=suite.workflow_path if can_be_patched else None,
        change=partial(with_shards, job_key=suite.workflow_job_key or "", shard_count=count)
        if can_be_patched
        else None,
    )


def _terms_of(suite: Suite, terms: Terms, short: Mapping[str, Row]) -> Terms:
    pool = short.get(suite.pool_name or "")
    held = terms.runner_count if terms.runner_count is not None or pool is None else pool["run_runner_count"]
    return replace(terms, minute_price_usd=suite.minute_price_usd, runner_count=held)


def _scarcity(suite: Suite, terms: Terms, short: Mapping[str, Row]) -> Iterable[Evidence]:
    pool = short.get(suite.pool_name or "")
    if pool is not None and terms.runner_count is None:
        yield Evidence(
            said=f"There are too few runners for {suite.pool_name}: never more than "
            f"{plural(pool['running_job_count_max'], 'job')} at work, and one run in twenty begins as one of "
            f"{pool['parallel_run_count_p95']:.0f} or more. --runner-count says otherwise."
        )


def _missing(suite: Suite) -> str | None:
    if suite.is_parallel_inside:
        return (
            f"the tests of {suite.job_name} ran side by side in their job, so what a share of them would take is not "
            "known; run them one after the other for a while, or raise the number of workers instead"
        )
    if suite.measured_job_count < JOBS_NEEDED or suite.overhead_seconds is None:
        return f"needs {JOBS_NEEDED} jobs of {suite.job_name} with a test report, has {suite.measured_job_count}"
    if not suite.tests:
        return f"no test of {suite.job_name} has passed three times with a duration in its report"
    return None


def _action(suite: Suite, count: int) -> str:
    now = plural(suite.shard_count, "job")
    if count == suite.shard_count:
        return f"Leave the suite in {now}."
    unit = "" if suite.is_pytest else ", file by file"
    return f"Share the suite out by {plural(count, 'job')}{unit} (now {now})."


def _evidence(suite: Suite, choice: Choice, now: Prediction) -> Iterable[Evidence]:
    total = sum(test.seconds for test in suite.tests)
    yield Evidence(
        said=f"{plural(len(suite.tests), 'test')} of {suite.job_name} add up to {duration(total)}; a job of it takes "
        f"{duration(suite.overhead_seconds or 0.0)} besides (median of {plural(suite.measured_job_count, 'job')})."
    )
    yield Evidence(said=f"Not more than {plural(choice.chosen.shard_count, 'job')}, because {choice.reason}.")
    for each in sorted({*choice.predictions, now}, key=lambda prediction: prediction.shard_count):
        yield Evidence(said=_said(each))
    if choice.dominating is not None:
        yield Evidence(
            said=f"One test takes longer than an even share, {duration(choice.dominating.seconds)}: split it."
        )
    if suite.minute_price_usd is None:
        yield Evidence(said="The price of the runner is not known, so that money was left out.")
    if suite.is_pytest and choice.chosen.shard_count > 1:
        yield Evidence(
            said=f"pytest --splits {choice.chosen.shard_count} --group <1 to {choice.chosen.shard_count}> {SPLITTING}"
        )
        yield Evidence(
            said="It needs pytest-split in the job's environment and .test_durations in the repository. Checks get "
            "other names: rules that require them must follow."
        )


def _said(prediction: Prediction) -> str:
    chunks = prediction.chunked_wall_seconds
    cost = "" if prediction.cost_usd is None else f", {prediction.cost_usd:.3f} USD"
    balance = "" if prediction.balance is None else f", balance {prediction.balance:.3f}"
    return (
        f"{plural(prediction.shard_count, 'job')}: {duration(prediction.wall_seconds)} by least_duration, "
        f"{'an error' if chunks is None else duration(chunks)} by duration_based_chunks, "
        f"{plural(prediction.billed_minute_count, 'billed minute')}{cost}{balance}."
    )


def _gain(suite: Suite, now: Prediction, then: Prediction) -> Gain:
    """What the job gets faster. Its interval is that of what the tests of a job add up to."""
    saved = now.wall_seconds - then.wall_seconds
    ends = sorted(saved * end for end in suite.spread) if suite.spread else None
    return Gain(
        amount=saved,
        unit="seconds",
        per="job",
        low=min(ends[0], saved) if ends else None,
        high=max(ends[1], saved) if ends else None,
    )


def _confidence(suite: Suite) -> Confidence:
    total = sum(test.seconds for test in suite.tests)
    measured = sum(test.seconds for test in suite.tests if test.is_measured)
    is_well_known = total > 0 and measured >= MEASURED_FOR_CONFIDENCE * total
    return "high" if is_well_known and suite.spread is not None else "medium" if is_well_known else "low"
