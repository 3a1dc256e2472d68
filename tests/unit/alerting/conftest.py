"""Alerts made by hand, and services on loopback that take what is told."""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from pipeline_etl.alerting import Alert

NOW = datetime(2026, 3, 30, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def make_alert():
    def made(**values: Any) -> Alert:
        return Alert(
            **{
                "alert_id": "a" * 32,
                "repository_name": "acme/shop",
                "rule_name": "run_too_long",
                "entity_kind": "workflow",
                "entity_name": "CI",
                "workflow_name": "CI",
                "severity": "warning",
                "digest_name": None,
                "alert_state": "open",
                "opened_at": datetime(2026, 3, 30, 8, tzinfo=UTC),
                "last_seen_at": datetime(2026, 3, 30, 9, tzinfo=UTC),
                "resolved_at": None,
                "alert_value": 2000.0,
                "threshold_value": 1800.0,
                "metric_unit": "seconds",
                "evidence_url": "https://example.org/runs/1",
                "is_notifiable": True,
                "is_archive": False,
                **values,
            }
        )

    return made


@dataclass
class Ear:
    """A service that remembers what it was told: issues as GitHub does, messages as Slack does."""

    url: str = ""
    messages: list[str] = field(default_factory=list)
    issues: list[dict[str, Any]] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str | None] = field(default_factory=set)
    refusal: tuple[int, str] | None = None

    def answer(self, method: str, target: str, sent: dict[str, Any]) -> tuple[int, Any]:
        self.requests.append((method, target))
        if self.refusal is not None:
            return self.refusal[0], {"message": self.refusal[1]}
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        if path.startswith("/services/"):
            self.messages.append(sent["text"])
            return 200, "ok"
        if method == "GET":
            labelled = [issue for issue in self.issues if query["labels"][0] in issue["labels"]]
            start = (int(query["page"][0]) - 1) * int(query["per_page"][0])
            return 200, labelled[start : start + int(query["per_page"][0])]
        if method == "POST":
            self.issues.append({"number": len(self.issues) + 1, "state": "open", **sent})
            return 201, self.issues[-1]
        issue = self.issues[int(path.rpartition("/")[2]) - 1]
        issue.update(sent)
        return 200, issue


@pytest.fixture
def ear() -> Iterator[Ear]:
    heard = Ear()

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            heard.tokens.add(self.headers.get("Authorization"))
            status, answer = heard.answer(self.command, self.path, sent)
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = _any  # noqa: N815, the names are the server's

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()
