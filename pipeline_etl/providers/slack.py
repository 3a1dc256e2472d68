"""Slack, by an incoming webhook: an address that is a secret, and takes a message."""

from dataclasses import dataclass
from datetime import datetime

from pipeline_etl.providers.posting import Poster


@dataclass(frozen=True, kw_only=True)
class SlackWebhook:
    """One channel of one workspace."""

    poster: Poster

    def say(self, message: str, *, now: datetime) -> None:
        """Put a message, already escaped, into the channel; links in it are not unfolded.

        Raises:
            PipelineError: it was not taken.
        """
        payload = {"text": message, "unfurl_links": False, "unfurl_media": False}
        self.poster.send("POST", "", payload, doing="sending an alert to Slack", now=now)
