"""Where alerts go: each channel tells of one that opened, of what changed, and of one that is over."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pipeline_etl.alerting import message
from pipeline_etl.alerting.alert import Alert
from pipeline_etl.providers.github.issues import Issues
from pipeline_etl.providers.slack import SlackWebhook


class Channel(Protocol):
    """One place that alerts are told to."""

    @property
    def name(self) -> str:
        """Name in the journal."""

    @property
    def keeps_up_to_date(self) -> bool:
        """Whether an alert that is still open is told again when it was seen again."""

    def tell(self, alert: Alert, *, now: datetime) -> None:
        """Tell of it as it is now.

        Raises:
            PipelineError: it was not taken.
        """


@dataclass(frozen=True, kw_only=True)
class Slack:
    """A message when it opens, and one when it is over."""

    webhook: SlackWebhook
    name: str = "slack"
    keeps_up_to_date: bool = False

    def tell(self, alert: Alert, *, now: datetime) -> None:
        """One message."""
        self.webhook.say(message.chat_line(alert), now=now)


@dataclass(frozen=True, kw_only=True)
class GitHubIssues:
    """One issue for each alert, in its own repository. Found by its mark: a lost journal opens none anew."""

    issues: Issues
    name: str = "github"
    keeps_up_to_date: bool = True

    def tell(self, alert: Alert, *, now: datetime) -> None:
        """Open the issue or change it; closed when the alert is over."""
        title, body = message.issue_title(alert), message.issue_body(alert)
        found = self.issues.find(alert.repository_name, message.mark(alert), now=now)
        if found is not None:
            self.issues.change(
                alert.repository_name, found.number, title=title, body=body, is_open=alert.is_open, now=now
            )
        elif alert.is_open:
            self.issues.open(alert.repository_name, title=title, body=body, now=now)
