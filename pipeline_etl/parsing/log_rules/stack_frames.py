"""Where in the repository an error came from: the innermost frame of its stack that is the project's own code."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from pipeline_etl.parsing.identity import masked

FRAME_REACH: Final = 40
"""Lines before and after an error among which its stack is looked for."""

_PATH: Final = r"(?P<path>[^\"'()\s:]{1,300}|[A-Za-z]:[^\"'()\s:]{1,300})"

# Python tells the outermost call first and the error last.
BEFORE_ERROR: Final = tuple(
    map(
        re.compile,
        (
            r"(?:E  )?\s*File \"(?P<path>[^\"]{1,300})\", line \d+(?:, in (?P<function>\S{1,200}))?",
            rf"{_PATH}(?<=\.py):\d+: in (?P<function>\S{{1,200}})$",
        ),
    )
)

# Others tell the error first and the innermost call after it; so does pytest where it shows the code.
AFTER_ERROR: Final = tuple(
    map(
        re.compile,
        (
            rf"{_PATH}(?<=\.py):\d+: (?:\w+\.)*\w*(?:Error|Exception|Failed|Exit|Interrupt)?$",
            # Java, Kotlin, Scala, Groovy
            r"\s*at (?P<function>[\w$.<>/@-]{1,300})\((?P<path>[\w$-]{1,100}\.(?:java|kts?|scala|groovy)):\d+\)",
            # JavaScript, TypeScript
            r"\s+at (?:(?P<function>[^()]{1,200}) \()?(?:file://)?(?P<path>[^()\s]{1,300}\.[cm]?[jt]sx?):\d+:\d+\)?$",
            # .NET
            r"\s*at (?P<function>[^()]{1,300})\([^()]{0,300}\) in (?P<path>.{1,300}\.(?:cs|fs|vb)):line \d+",
            # Go: a panic, a failed test, testify
            r"\s+(?:Error Trace:\s+)?(?P<path>\S{1,300}\.go):\d+(?:: | \+0x[0-9a-f]+|$)",
            # Rust: the compiler, a backtrace
            r"\s*(?:-->|at) (?P<path>[^\s:]{1,300}\.rs):\d+(?::\d+)?$",
            # Ruby
            r"\s*(?:# |from )?(?P<path>[^\s:]{1,300}\.rb):\d+:in [`'](?P<function>[^`']{1,200})'",
        ),
    )
)

LOOKS_LIKE_A_FRAME: Final = (
    r"^(?:E  )?\s*File \"|^\S{1,300}\.py:\d+: |^\s*at \S.*:\d+\)?$|^\s*at .* in .*:line \d+|^\s+\S.*\.go:\d+"
    r"|^\s*--> \S|\.rb:\d+:in "
)
"""Fits whatever one of these does, for the engine without look-around."""

NOT_OURS: Final = re.compile(
    r"site-packages|dist-packages|node_modules|/usr/(?:local/)?(?:lib|go)/|/lib/python\d|[\\/]Lib[\\/]|hostedtoolcache"
    r"|^<|^node:|/go/pkg/mod/|/rustc/|\.cargo/registry|/gems/|/lib/ruby/"
)
"""In paths of what was installed, as opposed to checked out."""

LIBRARIES: Final = re.compile(
    r"(?:[\w.@-]{0,100}/{1,2}){0,2}(?:java|javax|jdk|sun|com\.sun|kotlin|kotlinx|scala|groovy"
    r"|org\.(?:junit|testng|gradle|apache\.maven|codehaus|mockito|assertj|hamcrest|opentest4j))\."
)
"""Packages of the languages of the JVM and of what runs their tests: their frames name no path."""


class _Frame(NamedTuple):
    path: str
    function: str

    @property
    def is_ours(self) -> bool:
        return not NOT_OURS.search(self.path) and not LIBRARIES.match(self.function)


def top_frame(before: Iterable[tuple[int, str]], after: Iterable[tuple[int, str]]) -> str | None:
    """The innermost frame that is our own of the stack of an error, without line numbers; None when there is none.

    Args:
        before: lines before the error, the nearest first, each with how far it is.
        after: the same after it.

    The stack is the nearest one, and it stands on one side.
    """
    above = _frames(before, BEFORE_ERROR)
    below = _frames(after, AFTER_ERROR)
    if above and below:
        above, below = (above, []) if above[0][0] <= below[0][0] else ([], below)
    own = next((frame for _, frame in above or below if frame.is_ours), None)
    return None if own is None else masked(f"{own.path}:{own.function}")


def _frames(lines: Iterable[tuple[int, str]], kinds: Iterable[re.Pattern[str]]) -> list[tuple[int, _Frame]]:
    found = []
    for distance, line in lines:
        match = next((match for kind in kinds if (match := kind.match(line))), None)
        if match is not None:
            found.append((distance, _Frame(match["path"], match.groupdict().get("function") or "")))
    return found
