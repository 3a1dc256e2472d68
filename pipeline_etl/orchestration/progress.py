"""Progress for those who read a log and not a screen: a line every so often, and none of what is over in a moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pipeline_etl.extraction import Progress

EVERY: Final = timedelta(seconds=30)


class SpacedLines:
    """Says how far a sync has come, at most once in half a minute and not within the first.

    Args:
        say: takes a line of plain text.
        now: the clock.
    """

    def __init__(self, say: Callable[[str], None], *, now: Callable[[], datetime]) -> None:
        self._say = say
        self._now = now
        self._since: datetime | None = None

    def __call__(self, progress: Progress) -> None:
        """The sync of a repository has come further, or still waits."""
        now = self._now()
        if self._since is None:
            self._since = now
        if now - self._since >= EVERY:
            self._since = now
            self._say(progress.line)
