"""What the fake service says is what the real one says it may say."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from jsonschema import Draft7Validator

from tests.fake_ci.scenario import Story, a_run, failed, passed, running, skipped, timed_out
from tests.fake_ci.server import TOKEN, FakeCI
from tests.fake_ci.tokens import APP_ID, INSTALLATION_ID, app_key_pem

SCHEMAS = json.loads((Path(__file__).parent / "schemas.json").read_text(encoding="utf-8"))
REFERENCED = json.loads((Path(__file__).parent / "referenced_schemas.json").read_text(encoding="utf-8"))
RUNS = "/actions/runs?created=2026-01-01T00:00:00Z..2027-01-01T00:00:00Z&per_page=100"
WHERE = {"Authorization": f"Bearer {TOKEN}"}


def strict(schema: Any) -> Any:
    """The schema in JSON Schema's own words: OpenAPI 3.0 says ``nullable`` where that lists the type null."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: strict(each) for name, each in schema.items() if name not in ("nullable", "example")}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


def validator(name: str) -> Draft7Validator:
    return Draft7Validator({**strict(SCHEMAS[name]), "components": {"schemas": strict(REFERENCED)}})


@pytest.fixture
def ci():
    story = Story()
    run = story.happens(a_run().with_attempt(passed("lint"), failed(), timed_out("slow"), skipped("deploy")))
    story.failed_jobs_are_run_again(run, passed())
    story.happens(a_run().with_attempt(running()))
    story.has_artifact(run, "report", b"content")
    with FakeCI(story) as service:
        yield service


def answers(ci: FakeCI) -> list[tuple[str, Any]]:
    """Entries of everything the service tells, each with the name of its schema."""
    run, job = next(iter(ci.story.runs)), next(iter(ci.story.annotations))
    asked = (
        ("workflow-run", RUNS, "workflow_runs"),
        ("workflow-run", f"/actions/runs/{run}/attempts/1", None),
        ("job", f"/actions/runs/{run}/attempts/1/jobs", "jobs"),
        ("job", f"/actions/runs/{run}/attempts/2/jobs", "jobs"),
        ("artifact", "/actions/artifacts", "artifacts"),
        ("workflow", "/actions/workflows", "workflows"),
        ("check-annotation", f"/check-runs/{job}/annotations", ""),
    )
    told = []
    for schema, path, key in asked:
        content = httpx.get(f"{ci.url}/repos/{ci.story.name}{path}", headers=WHERE).json()
        entries = [content] if key is None else content[key] if key else content
        assert entries, path
        told.extend((schema, entry) for entry in entries)
    return told


def test_every_answer_of_the_fake_service_is_valid_by_the_published_schema(ci):
    flaws = [
        f"{name}: {'/'.join(map(str, flaw.path))} {flaw.message[:90]}"
        for name, entry in answers(ci)
        for flaw in validator(name).iter_errors(entry)
    ]

    assert flaws == []


def test_the_token_it_gives_an_app_is_valid_by_the_published_schema(ci):
    now = ci.story.time.now()
    signed = {"iss": APP_ID, "iat": now, "exp": now + timedelta(minutes=5)}
    signature = jwt.encode(signed, app_key_pem(), algorithm="RS256")

    answer = httpx.post(
        f"{ci.url}/app/installations/{INSTALLATION_ID}/access_tokens", headers={"Authorization": f"Bearer {signature}"}
    )

    assert answer.status_code == 201
    assert list(validator("installation-token").iter_errors(answer.json())) == []


def test_an_answer_that_lacks_a_required_field_or_has_another_type_is_found(ci):
    name, entry = answers(ci)[0]

    assert not validator(name).is_valid({key: value for key, value in entry.items() if key != "head_sha"})
    assert not validator(name).is_valid({**entry, "actor": {**entry["actor"], "id": "one"}})
