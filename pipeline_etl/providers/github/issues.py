"""Issues of a repository: found by a mark in their text, opened, changed and closed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.providers.posting import Poster

LABEL: Final = "pipeline-alert"
"""Only people who may triage can give an issue a label: nobody else's text is taken for ours."""

PAGE_SIZE: Final = 100
PAGE_LIMIT: Final = 20

Decoded = TypeVar("Decoded")


class Issue(msgspec.Struct):
    """What of an issue is read."""

    number: int
    state: str
    body: str | None = None


@dataclass(frozen=True, kw_only=True)
class Issues:
    """Issues of the repositories a token may write to: Issues, write."""

    poster: Poster

    def find(self, repository_name: str, mark: str, *, now: datetime) -> Issue | None:
        """The oldest issue with our label whose text holds the mark, whether open or closed."""
        doing = f"looking for an alert's issue in {repository_name}"
        for page in range(1, PAGE_LIMIT + 1):
            query = f"labels={LABEL}&state=all&sort=created&direction=asc&per_page={PAGE_SIZE}&page={page}"
            reply = self.poster.send("GET", f"/repos/{repository_name}/issues?{query}", None, doing=doing, now=now)
            issues = _decoded(reply.content, list[Issue], doing=doing)
            found = next((issue for issue in issues if mark in (issue.body or "")), None)
            if found is not None or len(issues) < PAGE_SIZE:
                return found
        return None

    def open(self, repository_name: str, *, title: str, body: str, now: datetime) -> int:
        """Open an issue; its number."""
        doing = f"opening an alert's issue in {repository_name}"
        payload = {"title": title, "body": body, "labels": [LABEL]}
        reply = self.poster.send("POST", f"/repos/{repository_name}/issues", payload, doing=doing, now=now)
        return _decoded(reply.content, Issue, doing=doing).number

    def change(self, repository_name: str, number: int, *, title: str, body: str, is_open: bool, now: datetime) -> None:
        """Give an issue another text, and open or close it."""
        doing = f"changing issue {number} of {repository_name}"
        state = {"state": "open"} if is_open else {"state": "closed", "state_reason": "completed"}
        payload = {"title": title, "body": body, **state}
        self.poster.send("PATCH", f"/repos/{repository_name}/issues/{number}", payload, doing=doing, now=now)


def _decoded(content: bytes, kind: type[Decoded], *, doing: str) -> Decoded:
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise UnexpectedPayload(f"While {doing} the service answered something else: {error}") from error
