"""The real client and sync against a service that misbehaves: nothing is missed, nothing is asked for twice."""

from datetime import timedelta

import pytest

from pipeline_etl.contracts.tables import (
    Annotations,
    Artifacts,
    ExtractionProblems,
    Jobs,
    LedgerEntries,
    RunAttempts,
    TestResults,
)
from pipeline_etl.extraction.listing import Lister
from pipeline_etl.providers import Waiting, github_provider
from tests.fake_ci.faults import UNICORN, Fault, secondary_limit
from tests.fake_ci.scenario import (
    Story,
    a_run,
    failed,
    passed,
    running,
    skipped,
    superseded,
    timed_out,
)
from tests.fake_ci.server import TOKEN, FakeCI
from tests.fault.nights import EARLIER, Nights, a_report


@pytest.fixture
def nights(tmp_path):
    with FakeCI(Story()) as ci:
        yield Nights(ci, tmp_path)


def test_a_run_in_progress_is_stored_with_its_final_result_however_much_later(nights):
    run = nights.story.happens(a_run().with_attempt(running()), at=EARLIER)
    assert nights.sync().status == "complete"

    nights.story.time.sleep(45 * 86_400)
    nights.story.happens(a_run().with_attempt(passed()))
    nights.sync()
    nights.story.ends(run, passed())
    nights.sync()

    assert (run, 1, "success") in nights.attempts()


def test_the_first_attempts_result_is_never_overwritten_and_a_rerun_on_day_29_is_seen(nights):
    run = nights.story.happens(a_run().with_attempt(failed()), at=EARLIER)
    nights.sync()

    nights.story.time.sleep(28 * 86_400)
    nights.sync()
    nights.story.goes_on(run, passed())
    nights.a_day_later()
    nights.sync()

    assert nights.attempts() == [(run, 1, "failure"), (run, 2, "success")]


def test_a_run_that_waits_for_ever_delays_nothing_else(nights):
    waiting = nights.story.happens(a_run().with_attempt(running()), at=EARLIER)
    nights.story.runs[waiting].attempts[0]["status"] = "waiting"
    runs = [waiting]
    for _ in range(3):
        runs.append(nights.story.happens(a_run().with_attempt(passed())))
        result = nights.sync()
        assert (result.status, result.known_until_at) == ("complete", nights.story.time.now())
        assert {run for run, _, _ in nights.attempts()} == set(runs)
        nights.story.time.sleep(40 * 86_400)

    states = nights.stored(LedgerEntries).filter(item_kind="run_attempt").select("run_id", "state").rows()
    assert dict(states)[waiting] == "not_yet"
    assert nights.ci.calls["jobs"] == 3


def test_2500_listed_runs_of_one_day_are_listed_whole(nights):
    for number in range(2_500):
        nights.story.happens(a_run().with_attempt(passed()), at=EARLIER + timedelta(seconds=10 * number))
    time = nights.story.time
    provider = github_provider(nights.ci.url, token=TOKEN, waiting=Waiting(now=time.now, sleep=time.sleep))
    lister = Lister(
        provider=provider,
        repository=provider.repository(nights.story.name),
        validators={},
        tell=lambda *_: None,
    )
    listed = set(
        lister.runs(since=EARLIER, until=EARLIER + timedelta(days=1), revisited=timedelta(days=30)).rows["run_id"]
    )

    assert listed == set(nights.story.runs)


def test_a_second_with_1000_runs_is_an_error_that_names_it_and_the_state_does_not_advance(nights):
    for _ in range(1_000):
        nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)

    result = nights.sync()

    assert "2026-08-20T12:00:00Z" in str(result.error)
    assert result.known_until_at is None


def test_an_empty_answer_deletes_no_rows(nights):
    run = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.sync()

    nights.story.is_deleted(run)
    nights.a_day_later()

    assert nights.sync().status == "complete"
    assert nights.attempts() == [(run, 1, "success")]


def test_257_matrix_jobs_are_three_pages(nights):
    nights.story.happens(a_run().with_attempt(*(passed(f"test {number}") for number in range(257))), at=EARLIER)

    nights.sync()

    assert nights.stored(Jobs).height == 257
    assert nights.ci.calls["jobs"] == 3


def test_a_list_that_counts_more_jobs_than_it_shows_is_not_taken_for_whole(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.counted_more = 1
    nights.sync()
    assert nights.stored(Jobs).is_empty()

    nights.ci.counted_more = 0
    nights.sync()

    assert nights.stored(Jobs).height == 1


def test_one_run_whose_jobs_answer_500_is_recorded_and_the_rest_goes_on(nights):
    broken = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    whole = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.faults.script(Fault(rf"/runs/{broken}/attempts/1/jobs", times=5, status=500))

    assert nights.sync().status == "complete"

    assert nights.stored(Jobs)["run_id"].to_list() == [whole]
    assert nights.stored(ExtractionProblems)["run_id"].to_list() == [broken]
    nights.sync()
    assert set(nights.stored(Jobs)["run_id"]) == {broken, whole}


def test_a_renamed_repository_is_found_where_it_is_now(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.moved_from = "octo/old-name"

    assert nights.sync("octo/old-name").status == "complete"
    assert nights.stored(Jobs).height == 1


def test_jobs_carried_over_into_a_partial_rerun_have_new_ids_and_no_log_of_their_own(nights):
    run = nights.story.happens(a_run().with_attempt(passed("lint"), failed("test")), at=EARLIER)
    nights.story.failed_jobs_are_run_again(run, passed("test"))

    nights.sync()

    second = nights.stored(Jobs).filter(run_attempt=2)
    logs = nights.stored(LedgerEntries).filter(item_kind="job_log", run_attempt=2)["job_id"].to_list()
    assert second.height == 2
    assert logs == second.filter(job_name="test")["job_id"].to_list()


def test_a_job_that_never_started_is_stored_without_a_start(nights):
    nights.story.happens(a_run().with_attempt(passed("test"), skipped("deploy")), at=EARLIER)

    nights.sync()

    assert nights.stored(Jobs).filter(job_name="deploy")["started_at"].to_list() == [None]


def test_a_timed_out_job_has_an_annotation_and_a_superseded_one_has_none(nights):
    nights.story.happens(a_run().with_attempt(timed_out("slow"), superseded("new push")), at=EARLIER)

    nights.sync()

    cancelled = nights.stored(Jobs).filter(provider_result="cancelled")
    said = nights.stored(Annotations).join(cancelled, on="job_id")
    assert cancelled.height == 2
    assert said["job_name"].to_list() == ["slow"]


def test_what_ended_sooner_than_any_timeout_or_failed_in_a_step_is_not_asked_for_annotations(nights):
    nights.story.happens(a_run().with_attempt(superseded(seconds=59), failed("lint")), at=EARLIER)

    nights.sync()

    assert nights.ci.calls["annotations"] == 0


def test_the_token_is_not_sent_to_the_host_that_serves_logs(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)

    nights.sync()

    assert nights.ci.storage_requests
    assert not any("authorization" in headers for headers in nights.ci.storage_requests)


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(Fault("/jobs", status=502, body=UNICORN, times=2), id="unicorn"),
        pytest.param(Fault("/jobs", status=0, times=2), id="reset"),
        pytest.param(Fault("/jobs", cut=True), id="cut"),
        pytest.param(Fault("/signed/", cut=True), id="cut log"),
        pytest.param(secondary_limit("/jobs"), id="secondary without retry-after"),
        pytest.param(secondary_limit("/jobs", status=429, retry_after="7"), id="secondary with retry-after"),
        pytest.param(secondary_limit("/jobs", retry_after="soon, perhaps"), id="nonsense retry-after"),
    ],
)
def test_what_fails_in_passing_changes_nothing(nights, fault):
    for hour in range(3):
        nights.story.happens(a_run().with_attempt(passed()), at=EARLIER + timedelta(hours=hour))
    nights.ci.faults.script(fault)

    assert nights.sync().status == "complete"

    assert nights.stored(Jobs).height == 3
    assert set(nights.stored(LedgerEntries).filter(item_kind="job_log")["state"]) == {"stored"}
    assert fault.times == 0


def test_no_request_is_sent_while_limited(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    began = nights.story.time.now()
    nights.ci.faults.script(secondary_limit("/jobs", retry_after="90"))

    nights.sync()

    assert nights.story.time.now() >= began + timedelta(seconds=90)
    assert nights.ci.calls["jobs"] == 2


def test_a_token_revoked_in_the_middle_stops_the_sync_and_the_next_one_fetches_no_job_list_again(nights):
    runs = [nights.story.happens(a_run().with_attempt(passed()), at=EARLIER + timedelta(hours=n)) for n in range(4)]
    nights.ci.faults.script(
        Fault(rf"/runs/{runs[-1]}/attempts/1/jobs", status=401, body=b'{"message": "Bad credentials"}')
    )

    stopped = nights.sync()
    assert (stopped.status, type(stopped.error).__name__) == ("incomplete", "Unauthorized")
    assert TOKEN not in str(stopped.error)
    assert nights.stored(Jobs).height == 3

    assert nights.sync().status == "complete"
    assert nights.stored(Jobs).height == 4
    assert nights.ci.calls["jobs"] == 5


def test_a_new_attempt_costs_three_calls_and_an_unchanged_night_one_per_hundred_runs(nights):
    for number in range(120):
        nights.story.happens(a_run().with_attempt(passed(), failed("lint")), at=EARLIER + timedelta(minutes=number))
    nights.sync()
    calls = nights.ci.calls
    assert {name: calls[name] for name in ("jobs", "log archive", "file", "annotations", "attempt")} == {
        "jobs": 120,
        "log archive": 120,
        "file": 1,
        "annotations": 0,
        "attempt": 0,
    }

    calls.clear()
    assert nights.sync().status == "complete"

    # Beside the runs: repository, workflows, caches, artifacts, and one empty list per further window of the look-back.
    assert {name: calls[name] for name in ("jobs", "log archive", "file")} == {"jobs": 0, "log archive": 0, "file": 0}
    assert sum(count for name, count in calls.items() if "unchanged" not in name) <= 2 + 4 + 2
    assert calls["runs"] == calls["runs, unchanged"]


def test_a_spent_budget_is_waited_for_until_its_reset_and_not_asked_in_vain(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    began = nights.story.time.now()
    reset = began + timedelta(minutes=10)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(reset.timestamp()))}
    nights.ci.faults.script(Fault("/jobs", status=403, body=b'{"message": "API rate limit exceeded"}', headers=spent))

    assert nights.sync().status == "complete"

    assert nights.story.time.now() >= reset
    assert nights.ci.calls["jobs"] == 2


def test_a_budget_that_comes_back_much_later_ends_the_sync_and_the_next_one_goes_on(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    reset = nights.story.time.now() + timedelta(minutes=50)
    spent = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(reset.timestamp()))}
    nights.ci.faults.script(Fault("/jobs", status=429, headers=spent))

    stopped = nights.sync()
    assert type(stopped.error).__name__ == "RateLimited"
    assert nights.stored(Jobs).is_empty()

    nights.a_day_later()
    assert nights.sync().status == "complete"
    assert nights.stored(Jobs).height == 1


def test_a_link_that_expired_before_it_was_used_is_asked_for_again(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.faults.script(Fault("/signed/", before=lambda: nights.story.time.sleep(61)))

    nights.sync()

    assert nights.ci.calls["log archive"] == 2
    assert nights.stored(LedgerEntries).filter(item_kind="job_log")["state"].to_list() == ["stored"]


def test_logs_that_are_gone_are_neither_a_gap_without_a_word_nor_asked_for_again(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.faults.script(Fault("/logs", status=410, body=b'{"message": "Gone"}'))

    nights.sync()
    nights.a_day_later()
    nights.sync()

    assert nights.stored(LedgerEntries).filter(item_kind="job_log")["state"].to_list() == ["expired"]
    assert nights.ci.calls["log archive"] == 1


def test_an_expired_artifact_is_not_asked_for_and_a_broken_one_only_once(nights):
    run = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    ids = []
    for number in range(3):
        ids.append(nights.story.has_artifact(run, f"report {number}", b"no zip at all"))
        nights.story.time.sleep(60)
    nights.story.artifacts[ids[0]][0]["expired"] = True

    nights.sync()
    nights.sync()

    rows = nights.stored(LedgerEntries).filter(item_kind="artifact").sort("item_id")
    assert rows["state"].to_list() == ["expired", "unreadable", "unreadable"]
    assert nights.ci.calls["artifact"] == 2


@pytest.mark.parametrize("age_days", [1, 45])
def test_a_run_deleted_between_two_pages_hides_no_other(nights, age_days):
    """Not one of a window that is never listed again either."""
    begin = nights.story.time.now() - timedelta(days=age_days)
    runs = [
        nights.story.happens(a_run().with_attempt(passed()), at=begin + timedelta(minutes=number))
        for number in range(120)
    ]
    nights.ci.faults.script(Fault(r"/runs\?.*page=2", before=lambda: nights.story.is_deleted(runs[-1])))

    assert nights.sync().status == "complete"

    assert {run for run, _, _ in nights.attempts()} == set(runs)


def test_a_run_that_arrives_between_two_pages_is_stored_by_this_night_or_the_next_and_no_other_twice(nights):
    runs = [
        nights.story.happens(a_run().with_attempt(passed()), at=EARLIER + timedelta(minutes=number))
        for number in range(120)
    ]
    arrives = Fault(
        r"/runs\?.*page=2", before=lambda: runs.append(nights.story.happens(a_run().with_attempt(passed())))
    )
    nights.ci.faults.script(arrives)

    nights.sync()
    assert arrives.times == 0
    nights.a_day_later()
    nights.sync()

    assert [run for run, _, _ in nights.attempts()] == sorted(runs)
    assert nights.ci.calls["jobs"] == 121


@pytest.mark.parametrize("drift", ["arrives", "is deleted"])
def test_an_unfiltered_list_that_drifts_while_it_is_paged_hides_no_artifact(nights, drift):
    run = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    ids = [nights.story.has_artifact(run, f"report {number}", a_report()) for number in range(120)]
    change = {
        "arrives": lambda: nights.story.has_artifact(run, "one more", a_report()),
        "is deleted": lambda: nights.story.artifacts.pop(ids[-1]),
    }[drift]
    nights.ci.faults.script(Fault(r"/artifacts\?.*page=2", before=change))

    assert nights.sync().status == "complete"

    assert set(ids) <= set(nights.stored(Artifacts)["artifact_id"])
    read = nights.stored(LedgerEntries).filter(item_kind="artifact", state="stored")["item_id"]
    assert set(map(str, ids[:-1])) <= set(read)


def test_a_run_the_search_index_does_not_show_yet_is_stored_once_it_does(nights):
    late = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.lag[late] = 6

    nights.sync()
    assert late not in {run for run, _, _ in nights.attempts()}
    for _ in range(6):
        nights.a_day_later()
        nights.sync()

    assert late in {run for run, _, _ in nights.attempts()}


def test_entity_tags_that_change_without_the_content_cost_lists_and_nothing_else(nights):
    nights.ci.is_restless = True
    nights.story.has_artifact(nights.story.happens(a_run().with_attempt(passed()), at=EARLIER), "report", a_report())
    nights.sync()
    before = nights.ci.calls["jobs"], nights.ci.calls["artifact"], nights.ci.calls["log archive"]

    assert set(nights.sync().row_counts) <= {"page_validators", "syncs"}
    assert (nights.ci.calls["jobs"], nights.ci.calls["artifact"], nights.ci.calls["log archive"]) == before


@pytest.mark.parametrize("more", [1, 900, 10**9])
def test_a_list_of_runs_that_lies_about_its_count_is_read_whole_all_the_same(nights, more):
    """A count that says too many halves the windows, down to the second: there it is an error and no loss."""
    runs = {nights.story.happens(a_run().with_attempt(passed()), at=EARLIER + timedelta(hours=n)) for n in range(3)}
    nights.ci.counted_more_of = {"runs": more}

    result = nights.sync()

    if more < 1_000:
        assert {run for run, _, _ in nights.attempts()} == runs
    else:
        assert (result.known_until_at, type(result.error).__name__) == (None, "UnexpectedPayload")


@pytest.mark.parametrize(
    "headers",
    [
        {"x-ratelimit-remaining": "-1", "x-ratelimit-reset": "soon"},
        {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "99999999999999"},
        {"x-ratelimit-remaining": "0"},
        {"x-ratelimit-limit": "many", "x-ratelimit-remaining": "9" * 40, "x-ratelimit-reset": "0"},
        {"retry-after": "-5"},
    ],
)
def test_nonsense_in_the_headers_of_limits_is_survived(nights, headers):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.faults.script(Fault("/jobs", status=429, headers=headers))

    assert nights.sync().status == "complete"
    assert nights.stored(Jobs).height == 1


def test_an_artifact_that_came_short_with_the_length_it_has_is_asked_for_again_and_not_called_broken(nights):
    """Its digest tells: half a zip is no zip, and unreadable would be for ever."""
    run = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.story.has_artifact(run, "report", a_report())
    nights.ci.faults.script(Fault("/signed/1", short=True))

    nights.ci.faults.script(Fault("/signed/0", short=True))
    nights.sync()
    states = nights.stored(LedgerEntries).filter(item_kind="artifact")["state"].to_list()
    nights.sync()

    assert states == ["error"]
    assert nights.stored(LedgerEntries).filter(item_kind="artifact")["state"].to_list() == ["stored"]
    assert nights.stored(TestResults).height == 1


def test_half_a_list_with_the_length_it_has_is_not_taken_for_a_list(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.ci.faults.script(Fault("/jobs", short=True))

    nights.sync()
    assert nights.stored(Jobs).is_empty()
    assert nights.stored(ExtractionProblems)["problem_kind"].to_list() == ["UnexpectedPayload"]
    nights.sync()

    assert nights.stored(Jobs).height == 1


def test_a_body_that_comes_in_drops_is_read_to_its_end(nights):
    nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    for route in ("/jobs", "/signed/"):
        nights.ci.faults.script(Fault(route, trickled=7))

    assert nights.sync().status == "complete"
    assert set(nights.stored(LedgerEntries)["state"]) == {"stored"}


def tell(story):
    """Three days of a repository; yields at the end of each."""
    first = story.happens(a_run().with_attempt(passed("lint"), failed("test")), at=EARLIER)
    second = story.happens(a_run().with_attempt(running()), at=EARLIER + timedelta(hours=1))
    yield
    story.failed_jobs_are_run_again(first, passed("test"))
    story.happens(a_run().with_attempt(timed_out()), at=EARLIER + timedelta(hours=2))
    yield
    story.ends(second, passed())
    yield


def test_synced_every_night_or_once_the_lake_is_the_same(tmp_path):
    stored = []
    for is_synced_nightly in (True, False):
        with FakeCI(Story()) as ci:
            nights = Nights(ci, tmp_path / str(is_synced_nightly))
            for _ in tell(ci.story):
                if is_synced_nightly:
                    nights.sync()
                nights.a_day_later()
            nights.sync()
            stored.append(
                {
                    table: nights.stored(table).drop("extracted_at", "job_id", strict=False).rows()
                    for table in (RunAttempts, Jobs, Annotations)
                }
            )

    nightly, once = ({table.__name__: sorted(map(str, rows)) for table, rows in each.items()} for each in stored)
    assert nightly == once
    assert len(once["Jobs"]) == 6


def test_an_unknown_word_and_a_deleted_fork_are_kept_as_they_are(nights):
    run = nights.story.happens(a_run().with_attempt(passed()), at=EARLIER)
    nights.story.runs[run].attempts[0].update(conclusion="pondered", head_repository=None)

    assert nights.sync().status == "complete"

    assert nights.stored(RunAttempts).select("provider_result", "result", "head_repository_name").rows() == [
        ("pondered", None, None)
    ]
    assert nights.stored(Jobs).height == 1
