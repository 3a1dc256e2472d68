"""What a service says of how much may be asked of it: pure reading of answers, and the gate that obeys it.

GitHub has two limits. The primary one is a budget per hour (``x-ratelimit-remaining`` and ``-reset``); the secondary
one answers 403 or 429 with ``retry-after``, or with nothing but a sentence. Who asks while limited may be banned, so
a refusal met by one thread holds back all of them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from pipeline_etl.parsing.timestamps import instant
from pipeline_etl.providers.provider import Budget

UNSTATED_WAIT: Final = timedelta(minutes=1)
"""How long to wait after a refusal that does not say: the documentation's minimum, doubled at each further one."""

LONGEST_BELIEVED: Final = timedelta(hours=2)
"""Budgets are given anew every hour: a header that speaks of a later moment is nonsense."""

SAME_RESET: Final = timedelta(minutes=1)
"""Resets this close to each other are one: our reading of the moment is as exact as the answer was quick."""

RESET_MARGIN: Final = timedelta(seconds=1)
"""The reset is told in whole seconds."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Time, and how to let it pass. Nothing that is stored comes from here."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None] = field(default=time.sleep)
    """Lets so many seconds pass."""


def is_refusal(status_code: int, headers: Mapping[str, str], *, said: str) -> bool:
    """Whether an answer means "you ask too much", and not "you may not".

    Args:
        status_code: of the answer.
        headers: of the answer, looked up without regard to case.
        said: its message in words.
    """
    if status_code == 429:
        return True
    if status_code != 403:
        return False
    words = said.lower()
    return is_spent(headers) or "retry-after" in headers or "rate limit" in words or "abuse detection" in words


def is_spent(headers: Mapping[str, str]) -> bool:
    """Whether the hour's budget is used up."""
    return headers.get("x-ratelimit-remaining", "").strip() == "0"


def budget(headers: Mapping[str, str], *, now: datetime, before: Budget | None) -> Budget | None:
    """The budget after an answer that may speak of it, believably or not.

    Args:
        headers: of the answer, looked up without regard to case.
        now: our clock.
        before: what was known before; answers to several threads arrive in any order.
    """
    limit, remaining = (_count(headers.get(f"x-ratelimit-{name}", "")) for name in ("limit", "remaining"))
    resets_at = reset_at(headers, now=now)
    if limit is None or remaining is None or resets_at is None or remaining > limit:
        return before
    if before is not None and abs(before.resets_at - resets_at) <= SAME_RESET:
        remaining = min(remaining, before.remaining_count)
    return Budget(limit_count=limit, remaining_count=remaining, resets_at=resets_at)


def reset_at(headers: Mapping[str, str], *, now: datetime) -> datetime | None:
    """When the budget is given anew, by our clock; None when the headers do not say so believably.

    The moment is told by the service's clock; the ``date`` of the answer tells how far ours is from it.
    """
    told = instant(headers.get("x-ratelimit-reset", "").strip())
    if told is None:
        return None
    distance = told - (instant(headers.get("date")) or now)
    if not -LONGEST_BELIEVED <= distance <= LONGEST_BELIEVED:
        return None
    return now + max(distance, timedelta()) + RESET_MARGIN


def retry_at(headers: Mapping[str, str], *, now: datetime, refusal_count: int = 1) -> datetime:
    """When to ask again after a refusal, by our clock.

    Args:
        headers: of the refusal, looked up without regard to case.
        now: our clock.
        refusal_count: how many refusals in a row this is.
    """
    told = _told_wait(headers, now=now)
    if told is not None:
        return now + told
    if is_spent(headers) and (reset := reset_at(headers, now=now)) is not None:
        return reset
    return now + UNSTATED_WAIT * float(2 ** (refusal_count - 1))


def _count(text: str) -> int | None:
    """A number of requests; None for nonsense."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _told_wait(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """What ``retry-after`` says: seconds or a date."""
    text = headers.get("retry-after", "").strip()
    if (seconds := _count(text)) is not None:
        wait = timedelta(seconds=seconds)
    else:
        moment = instant(text)
        if moment is None:
            return None
        wait = moment - (instant(headers.get("date")) or now)
    return wait if timedelta() <= wait <= LONGEST_BELIEVED else None


class Gate:
    """Holds back every request until the service lets us ask again. Shared by threads."""

    def __init__(self, *, now: Callable[[], datetime], sleep: Callable[[float], None], longest_wait: timedelta) -> None:
        self._now = now
        self._sleep = sleep
        self._longest_wait = longest_wait
        self._lock = threading.Lock()
        self._opens_at: datetime | None = None

    @property
    def opens_at(self) -> datetime | None:
        """When it opens; None while it is open."""
        opens_at = self._opens_at
        return opens_at if opens_at is not None and opens_at > self._now() else None

    def close(self, until: datetime) -> None:
        """Let nothing through until then."""
        with self._lock:
            self._opens_at = until if self._opens_at is None else max(self._opens_at, until)

    def pass_through(self) -> datetime | None:
        """Wait until it opens; the moment it opens when that is further away than we wait, and then at once."""
        while (opens_at := self._opens_at) is not None:
            wait = opens_at - self._now()
            if wait > self._longest_wait:
                return opens_at
            if wait > timedelta():
                self._sleep(wait.total_seconds())
                continue
            with self._lock:
                if self._opens_at == opens_at:
                    self._opens_at = None
        return None
