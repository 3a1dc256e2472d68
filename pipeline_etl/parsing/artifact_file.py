"""What a file in an artifact is, by its content first and by its name where the content does not say."""

import re
from typing import Final, Literal

ReportKind = Literal["test_report", "coverage_report", "telemetry"]
"""Kinds of files that are read."""

HEAD_BYTES: Final = 4_096
"""How much of a file is enough."""

_KIND_BY_ROOT: Final[dict[str, ReportKind]] = {
    "testsuites": "test_report",
    "testsuite": "test_report",
    "TestRun": "test_report",
    "test-run": "test_report",
    "test-results": "test_report",
    "test-suite": "test_report",
    "assemblies": "test_report",
    "assembly": "test_report",
    "coverage": "coverage_report",
}

_JACOCO: Final = re.compile(r"<report\b[^>]*+>\s*+<(?:sessioninfo|group|package|counter)\b|-//JACOCO//DTD")
_BEFORE_ROOT: Final = re.compile(r"(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\]\s*+)?>)*+", re.DOTALL)
_ROOT: Final = re.compile(r"<([A-Za-z_][\w.-]*+)")
_LCOV: Final = re.compile(r"(?:TN:[^\n]*+\n)?\s*+SF:")
_JSON_SAMPLE: Final = re.compile(r'\{[^\n]*"timestamp"[^\n]*"(?:cpu_percent|cpu_seconds_total|rss_bytes)"')
_TEXT_SAMPLE: Final = re.compile(r"[^|\n]{10,64}\|\s*cpu:\s*[\d.]+%,\s*mem:")

_KIND_BY_NAME: Final[tuple[tuple[re.Pattern[str], ReportKind], ...]] = (
    (
        re.compile(r"(?:^|[._-])jacoco[^/]*\.xml$|(?:^|[._-])(?:coverage|cobertura|clover)\.xml$|lcov\.info$|\.lcov$"),
        "coverage_report",
    ),
    (
        re.compile(r"^test-.+\.xml$|(?:^|[._-])(?:junit|xunit|nunit|surefire)(?:[._-][^/]*)?\.xml$|\.trx$"),
        "test_report",
    ),
    (re.compile(r"(?:^|[._-])(?:test[._-]?)?(?:results?|report)\.xml$"), "test_report"),
    (re.compile(r"^telemetry[^/]*\.jsonl$|^system-metrics$"), "telemetry"),
)


def recognise(path: str, head: bytes) -> ReportKind | None:
    """What kind of file begins like this; None for what is not read.

    A well-formed beginning decides whatever the name is. The name decides for a file that is empty or garbled: then
    it is a broken report that must be told of, not a file nobody wants.
    """
    text = _decoded(head[:HEAD_BYTES])
    if _LCOV.match(text):
        return "coverage_report"
    if _JSON_SAMPLE.match(text) or _TEXT_SAMPLE.match(text):
        return "telemetry"
    root = _ROOT.match(text, _end_of_prolog(text))
    if root:
        if root[1] == "report":
            return "coverage_report" if _JACOCO.search(text) else None
        return _KIND_BY_ROOT.get(root[1])
    name = path.rsplit("/", 1)[-1].lower()
    return next((kind for pattern, kind in _KIND_BY_NAME if pattern.search(name)), None)


def _decoded(head: bytes) -> str:
    """Text without byte-order mark and leading space. Visual Studio writes UTF-16."""
    is_utf_16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    return head.decode("utf-16" if is_utf_16 else "utf-8-sig", errors="replace").lstrip()


def _end_of_prolog(text: str) -> int:
    match = _BEFORE_ROOT.match(text)
    return match.end() if match else 0
