"""A CI service on loopback: GitHub's dialect, and a storage host beside it that refuses an Authorization header."""

import hashlib
import io
import json
import re
import socket
import struct
import threading
import time
import zipfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit

from tests.fake_ci.faults import Fault, Faults
from tests.fake_ci.scenario import ANNOTATION, WORKFLOW, Run, Story
from tests.fake_ci.tokens import TOKEN, Tokens, body

__all__ = ["TOKEN", "FakeCI"]

BUDGET = 5_000
BUDGET_LIFE = timedelta(hours=1)
RESULT_LIMIT = 1_000
LINK_LIFE = timedelta(minutes=1)
ENTERPRISE_ROOT = "/api/v3"
NOT_IN_OLD_SCHEMA = {"artifacts": ("digest",), "jobs": ("created_at",)}
"""Fields that an enterprise server of some years ago does not know, by the key of the list they are in."""
ROUTES = (
    ("token", r"^/app/installations/\d+/access_tokens$"),
    ("log archive", r"/actions/runs/\d+/attempts/\d+/logs$"),
    ("job log", r"/actions/jobs/\d+/logs$"),
    ("jobs", r"/actions/runs/\d+/attempts/\d+/jobs$"),
    ("attempt", r"/actions/runs/\d+/attempts/\d+$"),
    ("runs", r"/actions/runs$"),
    ("artifact", r"/actions/artifacts/\d+/zip$"),
    ("one artifact", r"/actions/artifacts/\d+$"),
    ("artifacts", r"/actions/artifacts$"),
    ("annotations", r"/check-runs/\d+/annotations$"),
    ("one cache", r"/actions/caches/\d+$"),
    ("caches", r"/actions/caches$"),
    ("workflows", r"/actions/workflows$"),
    ("file", r"/contents/"),
    ("repository", r"^/(repos/[^/]+/[^/]+|repositories/\d+)$"),
)


@dataclass
class Answer:
    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class FakeCI:
    """The service of one story. A context manager; ``url`` is the root of its API.

    An enterprise server has its API below a path of its own, keeps logs and artifacts on its own host beside it, tells
    of no limits and knows an older schema.
    """

    def __init__(self, story: Story, *, is_enterprise: bool = False) -> None:
        self.story = story
        self.is_enterprise = is_enterprise
        self.tokens = Tokens(story.time.now)
        self.seconds_per_call = 0
        """How far the story's time moves with every call."""
        self.latency_seconds = 0.0
        """Real time that every answer takes."""
        self.link_life = LINK_LIFE
        self.budget = BUDGET
        self.lacking: dict[str, str] = {}
        """The permission the token lacks, by endpoint."""
        self.hidden: set[str] = set()
        """Endpoints that answer 404 to a token that lacks a permission."""
        self.lag: dict[int, int] = {}
        """How many more times a run is missing from the list."""
        self.is_restless = False
        """Whether every answer has a new entity tag."""
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.served: list[tuple[str, Any]] = []
        """Every JSON answer of 200, by endpoint."""
        self.storage_requests: list[dict[str, str]] = []
        self.deleted: list[tuple[str, int]] = []
        """What was deleted, by endpoint and id."""
        self.moved_from: str | None = None
        self.counted_more = 0
        """How many more results lists claim than there are."""
        self.counted_more_of: dict[str, int] = {}
        """The same of one list, by its endpoint."""
        self._used = 0
        self._resets_at = story.time.now() + BUDGET_LIFE
        self._links: dict[str, tuple[datetime, bytes]] = {}
        self._lock = threading.Lock()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        host = self._listen(self._answer)
        self.url = f"{host}{ENTERPRISE_ROOT}" if self.is_enterprise else host
        self._storage_url = host if self.is_enterprise else self._listen(self._from_storage)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _listen(self, answer: Any) -> str:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 65_536
            disable_nagle_algorithm = True

            def do_GET(self) -> None:
                fault = fake.faults.strike(self.path)
                time.sleep(fake.latency_seconds)
                if fault and fault.before:
                    fault.before()
                if fault and fault.status == 0:
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.close_connection = True
                    return
                made = answer(
                    self.path,
                    {":method": self.command} | {name.lower(): value for name, value in self.headers.items()},
                    fault,
                )
                self.send_response(made.status)
                for name, value in made.headers.items():
                    self.send_header(name, value)
                promised, pieces = on_the_wire(made.body, fault)
                self.send_header("Content-Length", str(promised))
                self.end_headers()
                for piece in pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()
                self.close_connection = self.close_connection or sum(map(len, pieces)) < promised

            def do_DELETE(self) -> None:
                self.do_GET()

            def do_POST(self) -> None:
                self.do_GET()

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(fake.story.time.now(), usegmt=True)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002, the base class names it so
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        self._stack.callback(server.server_close)
        self._stack.callback(server.shutdown)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def _from_storage(self, path: str, headers: dict[str, str], fault: Fault | None) -> Answer:
        self.storage_requests.append(headers)
        until, content = self._links.get(path, (self.story.time.now(), b""))
        if fault and fault.status:
            return Answer(fault.status, fault.body, dict(fault.headers))
        if "authorization" in headers or self.story.time.now() >= until:
            return Answer(403, b"<?xml version='1.0'?><Error><Code>AuthenticationFailed</Code></Error>")
        return Answer(200, content)

    def _answer(self, path: str, headers: dict[str, str], fault: Fault | None) -> Answer:
        if self.is_enterprise and not path.startswith(f"{ENTERPRISE_ROOT}/"):
            return self._from_storage(path, headers, fault)
        url = urlsplit(path.removeprefix(ENTERPRISE_ROOT) if self.is_enterprise else path)
        endpoint = next((name for name, route in ROUTES if re.search(route, url.path)), "unknown")
        self.story.time.sleep(self.seconds_per_call)
        with self._lock:
            self.calls[endpoint] += 1
        if fault and fault.status:
            return Answer(fault.status, fault.body, dict(fault.headers))
        if "user-agent" not in headers:
            return _error(403, "Request forbidden by administrative rules.")
        if endpoint == "token":
            status, said = self.tokens.give(url.path, headers.get("authorization"))
            return Answer(status, body(said))
        if not self.tokens.is_good(headers.get("authorization")):
            return _error(401, "Bad credentials")
        answer = self._permitted(endpoint, url, headers)
        answer.headers.update(self._charged(answer))
        is_spent = answer.headers.get("x-ratelimit-remaining") == "-1"
        return (
            _error(403, "API rate limit exceeded", **{**answer.headers, "x-ratelimit-remaining": "0"})
            if is_spent
            else answer
        )

    def _charged(self, answer: Answer) -> dict[str, str]:
        """What is told of the hour's budget, of which an unchanged answer takes nothing; -1 for an answer too many."""
        if self.is_enterprise:
            return {}
        now = self.story.time.now()
        with self._lock:
            if now >= self._resets_at:
                self._used, self._resets_at = 0, now + BUDGET_LIFE
            left = self.budget - self._used - (answer.status != 304)
            self._used = min(self.budget, self.budget - left)
        told = {"limit": self.budget, "remaining": left, "reset": int(self._resets_at.timestamp())}
        return {f"x-ratelimit-{name}": str(value) for name, value in told.items()}

    def _permitted(self, endpoint: str, url: SplitResult, headers: dict[str, str]) -> Answer:
        known = (f"/repos/{self.story.name}", f"/repositories/{self.story.repository_id}")
        if self.moved_from and url.path.startswith(f"/repos/{self.moved_from}"):
            rest = url.path.removeprefix(f"/repos/{self.moved_from}")
            query = f"?{url.query}" if url.query else ""
            return _error(301, "Moved Permanently", Location=f"{self.url}{known[1]}{rest}{query}")
        root = next((each for each in known if url.path == each or url.path.startswith(f"{each}/")), None)
        if root is None or endpoint in self.hidden:
            return _error(404, "Not Found")
        if endpoint in self.lacking:
            wanted = {"X-Accepted-GitHub-Permissions": self.lacking[endpoint]}
            return _error(403, "Resource not accessible by personal access token", **wanted)
        rest, query = url.path.removeprefix(root), {name: each[-1] for name, each in parse_qs(url.query).items()}
        is_deletion = headers[":method"] == "DELETE"
        content = self._deletion(endpoint, rest) if is_deletion else self._content(endpoint, rest, query)
        return self._conditional(endpoint, content, headers)

    def _deletion(self, endpoint: str, rest: str) -> Answer:
        """What a token that may do it makes happen; 204 without a word."""
        if not self.story.may_delete:
            wanted = {"X-Accepted-GitHub-Permissions": "actions=write"}
            return _error(403, "Resource not accessible by personal access token", **wanted)
        kept = {"one artifact": self.story.artifacts, "one cache": self.story.caches}.get(endpoint, {})
        number = int(rest.rpartition("/")[2])
        if kept.pop(number, None) is None:
            return _error(404, "Not Found")
        self.deleted.append((endpoint, number))
        return Answer(204)

    def _conditional(self, endpoint: str, answer: Answer, headers: dict[str, str]) -> Answer:
        """The answer, or 304. An entity tag speaks of the links too."""
        if answer.status != 200:
            return answer
        restless = str(self.calls.total()) if self.is_restless else ""
        told = hashlib.sha256(answer.body + f"{answer.headers.get('Link', '')}{restless}".encode()).hexdigest()
        answer.headers["ETag"] = f'W/"{told}"'
        if headers.get("if-none-match") == answer.headers["ETag"]:
            with self._lock:
                self.calls[f"{endpoint}, unchanged"] += 1
            return Answer(304, headers=answer.headers)
        if endpoint != "file":
            self.served.append((endpoint, json.loads(answer.body)))
        return answer

    def _content(self, endpoint: str, rest: str, query: dict[str, str]) -> Answer:
        numbers = [int(number) for number in re.findall(r"/(\d+)(?=/|$)", rest)]
        lists = {
            "workflows": ("workflows", [WORKFLOW]),
            "caches": ("actions_caches", list(self.story.caches.values())[::-1]),
            "artifacts": ("artifacts", [artifact for artifact, _ in self.story.artifacts.values()][::-1]),
        }
        if endpoint in lists:
            return self._list(rest, *lists[endpoint], query)
        if endpoint == "file":
            return Answer(200, self.story.workflow_file)
        of_one_thing = {
            "repository": self._repository,
            "artifact": lambda: self._artifact(numbers[0], is_download=True),
            "one artifact": lambda: self._artifact(numbers[0], is_download=False),
            "annotations": lambda: self._annotations(numbers[0]),
            "job log": lambda: self._job_log(numbers[0]),
            "runs": lambda: self._runs(rest, query),
        }
        return of_one_thing.get(endpoint, lambda: self._of_run(endpoint, rest, numbers, query))()

    def _annotations(self, job_id: int) -> Answer:
        said = self.story.annotations.get(job_id)
        return _json([{**ANNOTATION, "annotation_level": "failure", "message": said}] if said else [])

    def _repository(self) -> Answer:
        name = self.story.name
        described = {"default_branch": "main", "private": False, "html_url": f"https://github.com/{name}"}
        return _json({"id": self.story.repository_id, "full_name": name, **described})

    def _artifact(self, artifact_id: int, *, is_download: bool) -> Answer:
        if artifact_id not in self.story.artifacts:
            return _error(404, "Not Found")
        artifact, content = self.story.artifacts[artifact_id]
        if not is_download:
            return _json(artifact)
        return _error(410, "Artifact has expired") if artifact["expired"] else self._link(content)

    def _of_run(self, endpoint: str, rest: str, numbers: list[int], query: dict[str, str]) -> Answer:
        run = self.story.runs.get(numbers[0]) if numbers else None
        if run is None or not 1 <= numbers[1] <= len(run.attempts):
            return _error(404, "Not Found")
        return self._of_attempt(endpoint, rest, run, numbers[1] - 1, query)

    def _of_attempt(self, endpoint: str, rest: str, run: Run, number: int, query: dict[str, str]) -> Answer:
        match endpoint:
            case "attempt":
                return _json(run.attempts[number])
            case "jobs":
                return self._list(rest, "jobs", run.jobs[number], query)
        if run.attempts[number]["status"] != "completed":
            return _error(404, "Not Found")
        return self._link(log_archive(run.jobs[number]))

    def _job_log(self, job_id: int) -> Answer:
        jobs = (job for run in self.story.runs.values() for attempt in run.jobs for job in attempt)
        job = next((job for job in jobs if job["id"] == job_id and job["status"] == "completed"), None)
        return _error(404, "Not Found") if job is None else self._link(job_log(job).encode())

    def _runs(self, rest: str, query: dict[str, str]) -> Answer:
        """Newest first; a filtered list ends after 1,000 results without saying so."""
        begin, end = query["created"].split("..")
        for run_id in self.lag:
            self.lag[run_id] -= 1
        latest = [run.attempts[-1] for run in self.story.runs.values() if self.lag.get(run.run_id, -1) < 0]
        found = sorted(
            (run for run in latest if begin <= run["created_at"] <= end),
            key=lambda run: (run["created_at"], run["id"]),
            reverse=True,
        )
        return self._list(rest, "workflow_runs", found[:RESULT_LIMIT], query)

    def _list(self, rest: str, key: str, items: list[Any], query: dict[str, str]) -> Answer:
        size, page = min(int(query.get("per_page", "30")), 100), int(query.get("page", "1"))
        headers = {}
        if page * size < len(items):
            following = urlencode({**query, "page": page + 1})
            headers["Link"] = f'<{self.url}/repositories/{self.story.repository_id}{rest}?{following}>; rel="next"'
        shown = items[(page - 1) * size : page * size]
        if self.is_enterprise:
            unknown = NOT_IN_OLD_SCHEMA.get(key, ())
            shown = [{name: value for name, value in item.items() if name not in unknown} for item in shown]
        more = self.counted_more + self.counted_more_of.get(rest.rpartition("/")[2], 0)
        return _json({"total_count": len(items) + more, key: shown}, **headers)

    def _link(self, content: bytes) -> Answer:
        with self._lock:
            path = f"/signed/{len(self._links)}?signature=made-up"
            self._links[path] = (self.story.time.now() + self.link_life, content)
        return Answer(302, headers={"Location": f"{self._storage_url}{path}"})


def on_the_wire(content: bytes, fault: Fault | None) -> tuple[int, list[bytes]]:
    """The length that is promised, and the pieces that come."""
    half = content[: len(content) // 2]
    if fault and fault.cut:
        return len(content), [half]
    sent = half if fault and fault.short else content
    size = (fault and fault.trickled) or max(len(sent), 1)
    return len(sent), [sent[start : start + size] for start in range(0, len(sent), size)]


def log_archive(jobs: list[dict[str, Any]]) -> bytes:
    """The logs of an attempt as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, job in enumerate(jobs):
            archive.writestr(f"{number}_{job['name']}.txt", job_log(job))
    return buffer.getvalue()


def job_log(job: dict[str, Any]) -> str:
    stamp = job["started_at"].replace("Z", ".0000000Z")
    return f"\ufeff{stamp} make\n{stamp} done\n"


def _json(content: Any, **headers: str) -> Answer:
    return Answer(200, json.dumps(content).encode(), {"Content-Type": "application/json; charset=utf-8", **headers})


def _error(status: int, message: str, **headers: str) -> Answer:
    return Answer(status, json.dumps({"message": message}).encode(), headers)
