"""Lines of source files as coverage reports list them, whatever the dialect."""

from collections import defaultdict
from typing import Final

from pipeline_etl.errors import MalformedCoverageReport

MAX_LINES: Final = 5_000_000
"""Line entries in one report; the Linux kernel has about two million."""

MAX_FILES: Final = 200_000

_LARGEST: Final = 2**31


class FileCoverage:
    """What a report says of one source file: a line listed twice is one line, and ran if either entry says so."""

    def __init__(self) -> None:
        self.covered: set[int] = set()
        self.missed: set[int] = set()
        self.branches: dict[object, tuple[int, int]] = {}
        """Covered and all branches by the place they are at."""

    def line(self, number: int, *, is_covered: bool) -> None:
        """A line that could run, and whether it did."""
        if is_covered:
            self.covered.add(number)
            self.missed.discard(number)
        elif number not in self.covered:
            self.missed.add(number)

    def branch(self, place: object, *, covered: int, valid: int) -> None:
        """Branches at a place; of two entries for one place the better one stands."""
        known = self.branches.get(place, (0, 0))
        self.branches[place] = (max(known[0], covered), max(known[1], valid))


class Coverage:
    """What a report says, file by file."""

    def __init__(self, coverage_format: str) -> None:
        self.coverage_format = coverage_format
        self.files: dict[str, FileCoverage] = defaultdict(FileCoverage)
        self.reported_at: str | None = None
        self.stated_lines: tuple[int, int] | None = None
        """Covered and all lines, as the report sums them up."""
        self.stated_branches: tuple[int, int] | None = None
        self._entry_count = 0

    def file(self, path: str) -> FileCoverage:
        """The file of this path, for what is said of it."""
        if len(self.files) >= MAX_FILES and path not in self.files:
            raise MalformedCoverageReport(f"It has more than {MAX_FILES:,} files.")
        return self.files[path]

    def count_entry(self) -> None:
        """Every entry of a line or branch is counted against the cap."""
        self._entry_count += 1
        if self._entry_count > MAX_LINES:
            raise MalformedCoverageReport(f"It has more than {MAX_LINES:,} lines.")


def whole(text: str | None, *, what: str) -> int:
    """A count or line number.

    Raises:
        MalformedCoverageReport: It is missing or no whole number from 0 to 2**31. Some producers write 1.0 and 1e3.
    """
    try:
        number = float(text) if text is not None and len(text) < 40 else -1.0
    except ValueError:
        number = -1.0
    if not (0 <= number < _LARGEST and number.is_integer()):
        raise MalformedCoverageReport(f"The {what} {text and text[:60]!r} is no whole number.")
    return int(number)


def is_positive(text: str | None) -> bool:
    """Whether a number of hits is more than none; gcov is known to overflow into the negative.

    Raises:
        MalformedCoverageReport: It is missing or no number.
    """
    try:
        return float(text or "") > 0
    except ValueError:
        raise MalformedCoverageReport(f"The number of hits {text and text[:60]!r} is no number.") from None


def stated(covered: str | None, valid: str | None) -> tuple[int, int] | None:
    """Two counts that a report may state: None unless it states both."""
    if not covered or not valid:
        return None
    return whole(covered, what="count"), whole(valid, what="count")
