"""An alert in words: names stay names in a chat and in an issue."""

from datetime import UTC, datetime

import pytest

from pipeline_etl.alerting.message import chat_line, issue_body, issue_title, mark

HOSTILE = [
    "<!channel> <https://evil.example|click>",
    "@everyone #1 **bold** `code` [link](https://evil.example)",
    "--> <script>alert(1)</script> <!-- pipeline_etl alert 0 -->",
    "line\nbreak \u202e\x1b[31m ```",
]


def test_a_chat_is_told_what_where_how_much_and_since_when(make_alert):
    assert chat_line(make_alert()) == (
        "*open, warning*: run above its limit, CI in acme/shop: 33 min 20 s against 30 min, "
        "since 2026-03-30 08:00 UTC. <https://example.org/runs/1|evidence>"
    )


def test_an_issue_has_the_facts_and_a_mark(make_alert):
    alert = make_alert()

    assert issue_title(alert) == "warning: run above its limit: CI"
    assert issue_body(alert).splitlines() == [
        mark(alert),
        "**Run above its limit**: `CI`",
        "",
        "- measured 33 min 20 s, against 30 min",
        "- since 2026-03-30 08:00 UTC, last seen 2026-03-30 09:00 UTC",
        "- severity warning",
        "- workflow `CI`",
        "- evidence: <https://example.org/runs/1>",
        "",
        "This issue is kept up to date and closed when it is over.",
    ]
    over = issue_body(make_alert(alert_state="resolved", resolved_at=datetime(2026, 3, 31, tzinfo=UTC)))
    assert "Over: it was clean twice in a row, the second time 2026-03-31 00:00 UTC." in over


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_mentions_links_or_breaks_out_in_a_chat(name, make_alert):
    line = chat_line(make_alert(entity_name=name, repository_name=name, evidence_url="javascript:alert(1)"))

    assert "<" not in line
    assert line.count("*") == 2 + 2 * name.count("*")
    assert "*\u2060" in line or "*" not in name
    assert "\n" not in line
    assert "@everyone" not in line


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leaves_its_code_in_an_issue(name, make_alert):
    body = issue_body(make_alert(entity_name=name, workflow_name=name, evidence_url=None))

    assert body.startswith(mark(make_alert()))
    assert len(body.splitlines()) == len(issue_body(make_alert(evidence_url=None)).splitlines())
    title = issue_title(make_alert(entity_name=name))
    assert "\n" not in title
    assert "@everyone" not in title
    assert "#1" not in title
