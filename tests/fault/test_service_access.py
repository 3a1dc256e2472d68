"""Who asks, and where: an App whose tokens end, an enterprise server. Nothing is missed and no token gets about."""

import logging
from datetime import timedelta

import pytest

from pipeline_etl.contracts.tables import Artifacts, ExtractionProblems, Jobs, LedgerEntries
from pipeline_etl.providers import AppKey
from tests.fake_ci.faults import Fault
from tests.fake_ci.scenario import Story, a_run, failed, passed
from tests.fake_ci.server import TOKEN, FakeCI
from tests.fake_ci.tokens import APP_ID, INSTALLATION_ID, app_key_pem
from tests.fault.nights import EARLIER, Nights


def app(**otherwise):
    return AppKey(**{"app_id": APP_ID, "installation_id": INSTALLATION_ID, "private_key": app_key_pem(), **otherwise})


@pytest.fixture
def as_app(tmp_path):
    with FakeCI(Story()) as ci:
        yield Nights(ci, tmp_path, token=app())


def happen(nights, count):
    return [
        nights.story.happens(a_run().with_attempt(passed(), failed("lint")), at=EARLIER + timedelta(minutes=number))
        for number in range(count)
    ]


def logs(nights):
    return nights.stored(LedgerEntries).filter(item_kind="job_log")["state"].value_counts().rows()


def test_a_backfill_that_outlives_two_tokens_loses_nothing_and_asks_for_nothing_twice(as_app):
    runs = happen(as_app, 120)
    as_app.ci.seconds_per_call, as_app.ci.link_life = 30, timedelta(hours=1)

    began = as_app.story.time.now()
    result = as_app.sync()

    assert (result.status, result.error) == ("complete", None)
    assert as_app.story.time.now() - began > timedelta(hours=2)
    assert len(as_app.ci.tokens.given) >= 3
    assert set(as_app.stored(Jobs)["run_id"]) == set(runs)
    assert logs(as_app) == [("stored", 240)]
    calls = as_app.ci.calls
    asked = {name: calls[name] for name in ("jobs", "log archive", "file", "repository", "token")}
    assert asked == {
        "jobs": 120,
        "log archive": 120,
        "file": 1,
        "repository": 1,
        "token": len(as_app.ci.tokens.given),
    }


def test_a_token_refused_in_the_middle_is_renewed_once_and_the_sync_goes_on(as_app):
    runs = happen(as_app, 8)
    as_app.ci.faults.script(Fault(rf"/runs/{runs[3]}/attempts/1/jobs", before=as_app.ci.tokens.revoke))

    assert as_app.sync().status == "complete"

    assert as_app.stored(Jobs).height == 16
    assert len(as_app.ci.tokens.given) == 2


def test_a_new_token_that_is_refused_too_ends_the_sync(as_app):
    happen(as_app, 1)
    as_app.ci.faults.script(Fault("/jobs", status=401, body=b'{"message": "Bad credentials"}', times=99))

    stopped = as_app.sync()

    assert type(stopped.error).__name__ == "Unauthorized"
    assert (as_app.ci.calls["jobs"], as_app.ci.calls["token"]) == (2, 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"installation_id": 1}, "no such installation"),
        ({"app_id": "1"}, "no such installation"),
    ],
)
def test_an_app_the_service_does_not_know_is_named(as_app, wrong, said):
    as_app.token = app(**wrong)

    stopped = as_app.sync()

    assert (stopped.status, type(stopped.error).__name__) == ("failed", "Unauthorized")
    assert said in str(stopped.error)
    assert "GITHUB_APP" in stopped.error.advice


def test_neither_key_nor_signature_nor_token_of_an_app_gets_about(as_app, caplog):
    caplog.set_level(logging.DEBUG)
    happen(as_app, 2)
    provider = as_app.provider()
    as_app.sync()
    as_app.ci.faults.script(Fault("/repos/", status=500, times=5))
    as_app.ci.faults.script(
        Fault("/repos/", status=400, before=lambda: None, body=b'{"message": "you sent Bearer TOKEN"}')
    )
    errors = [str(as_app.sync().error), str(as_app.sync().error)]

    secrets = [*as_app.ci.tokens.given, *as_app.ci.tokens.signatures, app_key_pem().splitlines()[1]]
    written = b"".join(path.read_bytes() for path in as_app.lake.root.rglob("*") if path.is_file())
    shown = "\n".join([*errors, repr(provider), repr(app()), caplog.text])
    assert all(errors)
    assert not [secret for secret in secrets if secret in shown or secret.encode() in written]


@pytest.fixture
def on_premises(tmp_path):
    with FakeCI(Story(), is_enterprise=True) as ci:
        yield Nights(ci, tmp_path)


def test_an_enterprise_server_is_read_whole_below_its_own_path(on_premises):
    """Lists of more than a page follow links below /api/v3, and a job does not say when it was asked for."""
    runs = happen(on_premises, 120)
    on_premises.story.has_artifact(runs[0], "report", b"no zip at all")

    assert on_premises.sync().status == "complete"

    jobs = on_premises.stored(Jobs)
    assert set(jobs["run_id"]) == set(runs)
    assert jobs["created_at"].null_count() == jobs.height
    assert on_premises.stored(Artifacts)["digest"].to_list() == [None]
    assert logs(on_premises) == [("stored", 240)]
    assert on_premises.sync().budget is None


def test_an_enterprise_servers_own_storage_is_sent_no_token(on_premises):
    happen(on_premises, 1)

    on_premises.sync()

    assert on_premises.ci.storage_requests
    assert not any("authorization" in headers for headers in on_premises.ci.storage_requests)


def test_an_enterprise_server_gives_an_app_its_tokens_too(on_premises):
    on_premises.token = app()
    happen(on_premises, 1)

    assert on_premises.sync().status == "complete"
    assert on_premises.ci.calls["token"] == 1
    assert TOKEN not in on_premises.ci.tokens.given
    assert on_premises.stored(ExtractionProblems).is_empty()
