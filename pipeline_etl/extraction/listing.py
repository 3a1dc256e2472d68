"""What there is: the lists of runs and of artifacts, each read until it is provably whole."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import polars as pl

from pipeline_etl.contracts.tables import Artifacts, RunAttempts
from pipeline_etl.errors import UnexpectedPayload
from pipeline_etl.extraction.commit import empty_answer
from pipeline_etl.extraction.plan import RESULT_LIMIT, Window, windows_to_list
from pipeline_etl.providers import Page, Payload, Provider, Repository, Validator

READING_LIMIT: Final = 3
"""Readings of a list that others delete from all the while."""

Tell = Callable[[str, int, int], None]
"""Told of the stage, what is done and what there is to do in all."""

Known = Callable[[frozenset[str]], frozenset[str]]
"""Says which of some ids are those of things that were met before."""


@dataclass(frozen=True, kw_only=True)
class Listing:
    """Rows of a list, and how to be told next time that its pages are as they were."""

    rows: pl.DataFrame
    validators: Mapping[str, Validator]
    payloads: Mapping[str, Payload] = field(default_factory=dict)
    """The answers the rows were read from, by item id."""


@dataclass(frozen=True, kw_only=True)
class Lister:
    """Reads the lists of one repository."""

    provider: Provider
    repository: Repository
    validators: Mapping[str, Validator]
    """Those of the last complete sync."""
    tell: Tell

    def runs(self, *, since: datetime | None, until: datetime, revisited: timedelta) -> Listing:
        """Rows of RunAttempts: the latest attempt of every run created in ``since … until`` that may have changed.

        Raises:
            UnexpectedPayload: more runs were created in one second than the service lists.
        """
        listed: list[Page] = []
        pending = list(windows_to_list(since=since, until=until, revisited=revisited))
        done = 0
        while pending:
            self.tell("listing runs", done, done + len(pending))
            window = pending.pop(0)
            pages = _read_whole(partial(self._pages_of, window))
            if pages is None:
                if window.halves is None:
                    raise UnexpectedPayload(
                        f"{self.repository.repository_name} has {RESULT_LIMIT} or more runs created at "
                        f"{window.created_from:%Y-%m-%dT%H:%M:%SZ}; the service lists no more of one second."
                    )
                pending = [*window.halves, *pending]
                continue
            listed.extend(pages)
            done += 1
        frames = [page.answer.frames[RunAttempts] for page in listed if not page.is_unchanged]
        rows = pl.concat([empty_answer(RunAttempts), *frames])
        if since is not None:
            rows = rows.filter(pl.col("created_at") >= since)
        # A run is listed twice when others arrive while pages are read.
        latest = rows.sort("run_attempt", descending=True).unique("run_id", keep="first", maintain_order=True)
        return Listing(rows=latest, validators=_validators(listed), payloads=_payloads(listed))

    def artifacts(self, *, known: Known | None) -> Listing:
        """Rows of Artifacts, newest first.

        Args:
            known: says which of some were met up to a complete sync, after which the first page without a new one ends
                the list; None to read all of it.
        """
        pages = _read_whole(partial(self._artifact_pages, known)) or []
        frames = [page.answer.frames[Artifacts] for page in pages if not page.is_unchanged]
        rows = pl.concat([empty_answer(Artifacts), *frames]).unique("artifact_id", keep="last", maintain_order=True)
        return Listing(rows=rows, validators=_validators(pages), payloads=_payloads(pages))

    def _artifact_pages(self, known: Known | None) -> list[Page]:
        pages: list[Page] = []
        for page in self.provider.artifact_pages(self.repository, validators=self.validators):
            pages.append(page)
            self.tell("listing artifacts", len(pages), len(pages))
            if page.is_unchanged or known is None:
                continue
            listed = frozenset(page.answer.frames[Artifacts]["artifact_id"].cast(pl.String))
            if known(listed) == listed:
                break
        return pages

    def _pages_of(self, window: Window) -> list[Page] | None:
        """The pages of a window; None when the service may not show all of it."""
        pages = []
        result_count = 0
        for page in self.provider.run_pages(
            self.repository,
            created_from=window.created_from,
            created_until=window.created_until,
            validators=self.validators,
        ):
            if not page.is_unchanged:
                result_count += len(page.answer.frames[RunAttempts])
                # The count is capped and may lie, and so is the list: either of them says "too many".
                if max(page.total_count or 0, result_count) >= RESULT_LIMIT:
                    return None
            pages.append(page)
        return pages


def _read_whole(read: Callable[[], list[Page] | None]) -> list[Page] | None:
    """The pages of a list, read again while things are deleted: what slid over the edge of a page is on none of them.

    A deletion shows in a count that falls from page to page. Things that arrive push others onto the next page, where
    they are met again.
    """
    pages: list[Page] = []
    for _ in range(READING_LIMIT):
        read_now = read()
        if read_now is None:
            return None
        pages.extend(read_now)
        counts = [page.total_count for page in read_now if page.total_count is not None]
        if counts == sorted(counts):
            break
    return pages


def _validators(pages: Iterable[Page]) -> dict[str, Validator]:
    return {page.request_url: page.validator for page in pages if page.validator is not None}


def _payloads(pages: Iterable[Page]) -> dict[str, Payload]:
    return {payload.item_id: payload for page in pages for payload in page.answer.payloads}
