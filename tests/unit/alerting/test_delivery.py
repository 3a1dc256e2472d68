"""Every alert is told once when it opens and once when it is over, to services on loopback."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pipeline_etl.alerting.channels import GitHubIssues, Slack
from pipeline_etl.alerting.delivery import deliver
from pipeline_etl.alerting.journal import Journal
from pipeline_etl.errors import JournalDamaged, NotPermitted, ProviderError, Unreachable
from pipeline_etl.providers.github.issues import LABEL, Issues
from pipeline_etl.providers.posting import Poster
from pipeline_etl.providers.slack import SlackWebhook
from pipeline_etl.storage import exclusive

SECRET_PATH = "/services/T000/B000/secret"


@pytest.fixture
def slack(ear):
    return Slack(webhook=SlackWebhook(poster=Poster(f"{ear.url}{SECRET_PATH}")))


@pytest.fixture
def github(ear):
    return GitHubIssues(issues=Issues(poster=Poster(ear.url, token="token-of-ours")))


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "alerts" / "delivered.jsonl")


def test_news_is_told_once_to_each_channel_however_often_it_is_asked_for(ear, slack, github, journal, make_alert, now):
    for _ in range(3):
        deliver([make_alert()], [slack, github], Journal(journal.path), now=now)

    assert len(ear.messages) == 1
    assert len(ear.issues) == 1
    assert ear.issues[0]["labels"] == [LABEL]
    assert ear.tokens == {None, "Bearer token-of-ours"}


def test_the_end_is_told_and_closes_the_issue_and_nothing_follows(ear, slack, github, journal, make_alert, now):
    alert = make_alert()
    over = replace(alert, alert_state="resolved", resolved_at=now)

    for state in (alert, over, over):
        deliver([state], [slack, github], journal, now=now)

    assert [line.split("*")[1].split(",")[0] for line in ear.messages] == ["open", "over"]
    assert [(issue["state"], issue["state_reason"]) for issue in ear.issues] == [("closed", "completed")]


def test_an_issue_is_kept_up_to_date_and_a_chat_is_left_in_peace(ear, slack, github, journal, make_alert, now):
    alert = make_alert()
    deliver([alert], [slack, github], journal, now=now)

    deliver([replace(alert, last_seen_at=now, alert_value=2400.0)], [slack, github], journal, now=now)

    assert len(ear.messages) == 1
    assert [("40 min" in issue["body"], issue["state"]) for issue in ear.issues] == [(True, "open")]


@pytest.mark.parametrize(
    "values", [{"is_notifiable": False}, {"is_archive": True}, {"alert_state": "resolved"}, {"alert_state": "silent"}]
)
def test_history_archives_and_what_was_over_before_it_was_told_are_no_news(
    values, ear, slack, github, journal, make_alert, now
):
    assert deliver([make_alert(**values)], [slack, github], journal, now=now) == []
    assert ear.requests == []


def test_a_lost_journal_opens_no_second_issue(ear, github, tmp_path, make_alert, now):
    for name in ("first", "second"):
        deliver([make_alert()], [github], Journal(tmp_path / name / "delivered.jsonl"), now=now)

    assert len(ear.issues) == 1


def test_the_mark_is_looked_for_on_every_page_and_only_under_our_label(ear, github, journal, make_alert, now):
    mark = f"<!-- pipeline_etl alert {'a' * 32} -->"
    ear.issues = [{"number": number + 1, "state": "open", "body": None, "labels": [LABEL]} for number in range(120)] + [
        {"number": 121, "state": "open", "body": mark, "labels": ["somebody else's"]}
    ]
    ear.issues.append({"number": 122, "state": "closed", "body": f"x\n{mark}", "labels": [LABEL]})

    deliver([make_alert()], [github], journal, now=now)

    assert len(ear.issues) == 122
    assert (ear.issues[121]["state"], ear.issues[120]["body"]) == ("open", mark)


def test_what_one_channel_refuses_the_other_hears_and_it_is_told_again_the_next_time(
    ear, slack, journal, make_alert, now
):
    nobody = GitHubIssues(issues=Issues(poster=Poster("http://127.0.0.1:1")))

    first = deliver([make_alert()], [nobody, slack], journal, now=now)
    second = deliver([make_alert()], [nobody, slack], journal, now=now)

    assert [(one.channel, type(one.error)) for one in first] == [("github", Unreachable), ("slack", type(None))]
    assert [one.channel for one in second] == ["github"]
    assert len(ear.messages) == 1


def test_no_secret_is_in_what_is_said_of_a_refusal(ear, slack, github, journal, make_alert, now):
    ear.refusal = (403, "token-of-ours may not; nor may /services/T000/B000/secret")

    told = deliver([make_alert()], [slack, github], journal, now=now)

    errors = [one.error for one in told]
    assert all(isinstance(error, ProviderError | NotPermitted) for error in errors)
    assert "token-of-ours" not in str(errors[1])
    assert "127.0.0.1" not in str(errors[0])
    assert not journal.path.exists()


def test_old_data_that_is_fresh_again_is_over_though_no_mart_says_so(ear, slack, journal, make_alert, now):
    stale = make_alert(rule_name="data_stale", alert_id="b" * 32)
    deliver([stale], [slack], journal, now=now)

    deliver([replace(stale, last_seen_at=now + timedelta(hours=1))], [slack], journal, now=now)
    deliver([], [slack], journal, now=now + timedelta(hours=2))
    deliver([], [slack], journal, now=now + timedelta(hours=3))

    assert [line.split("*")[1].split(",")[0] for line in ear.messages] == ["open", "over"]


def test_a_line_that_was_cut_off_by_a_crash_is_dropped_and_a_damaged_one_is_refused(
    ear, slack, journal, make_alert, now
):
    deliver([make_alert()], [slack], journal, now=now)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + whole[:20])

    deliver([make_alert()], [slack], journal, now=now)

    assert journal.path.read_bytes() == whole
    assert len(ear.messages) == 1
    journal.path.write_bytes(b"{}\n" + whole)
    with pytest.raises(JournalDamaged, match="line 1"):
        deliver([make_alert()], [slack], journal, now=now)


def test_two_processes_do_not_tell_at_the_same_time(slack, journal, make_alert, now):
    from pipeline_etl.errors import DeliveryBusy  # noqa: PLC0415

    with (
        exclusive(journal.path.with_suffix(".lock"), purpose="a test", busy=DeliveryBusy),
        pytest.raises(DeliveryBusy),
    ):
        deliver([make_alert()], [slack], journal, now=now)
