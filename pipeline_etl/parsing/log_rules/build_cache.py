"""How much of a build came out of its tool's own cache: layers, objects, tasks, actions or test results.

These tools count. What they say of single lookups is too much to store and says no more.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import BuildCacheSummaries, Table
from pipeline_etl.parsing.log_rules.rule import Events, Line, RuleReader, lines_with

LOOKS_FOR: Final = (
    r"^(?:#\d+ (?:building with|\[|CACHED|DONE )|\s*(?:Cacheable calls|Hits|Cached):\s|cache (?:hit|miss)"
    r"|Cache (?:hits|misses)\s|\s*Nx read the output from the cache|.{0,8}Successfully ran targets? "
    r"|\d+ actionable tasks?:|INFO: \d+ process|ok\s+\S+\s)"
)

IS_BASE_IMAGE: Final = "FROM "
NX_RAN: Final = (
    r".{0,8}Successfully ran targets? .{1,200} for (?:(?P<projects>\d{1,9}) projects|project \S+)"
    r"(?: and (?P<others>\d{1,9}) tasks? (?:it|they) depends? on)?"
)
PART: Final = re.compile(r"(\d{1,9}) ([a-z][a-z -]*)")


@dataclass(slots=True)
class _Tally:
    """Counts of one tool that several lines add to."""

    hits: int = 0
    lookups: int = 0
    last: Line | None = None

    def count(self, line: Line, *, is_hit: bool) -> None:
        self.hits += is_hit
        self.lookups += 1
        self.last = line


@dataclass
class _Reader:
    """Goes through the lines once, in order."""

    told: list[dict[str, Any]] = field(default_factory=list)
    step: int | None = None
    layers: set[str] = field(default_factory=set)
    """Numbers of the vertices of a docker build that are steps of a Dockerfile and not yet counted."""
    docker: _Tally = field(default_factory=_Tally)
    go: _Tally = field(default_factory=_Tally)
    nx: _Tally = field(default_factory=_Tally)
    """Tasks that nx ran; it says how many came from the cache only where some did."""
    ccache_hits: int | None = None
    expects_ccache: bool = False
    """Whether the counts of all storages follow; those of each storage come after."""
    sccache_hits: int | None = None

    def read(self, line: Line) -> None:
        if line.step != self.step:
            self.end()
            self.step = line.step
        if found := EVENTS.first(line.text):
            match, event = found
            event(self, match, line)

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:  # noqa: ARG002 - see RuleReader
        self.end()
        return sorted(self.told, key=lambda row: row["line_number"])

    def end(self) -> None:
        """A step is over: what was counted in it is told."""
        self.end_docker()
        for tool, tally in (("go test", self.go), ("nx", self.nx)):
            if tally.last is not None:
                self.tell(tool, tally.last, hits=tally.hits, lookups=tally.lookups)
        self.go, self.nx = _Tally(), _Tally()
        self.ccache_hits, self.sccache_hits, self.expects_ccache = None, None, False

    def end_docker(self) -> None:
        if self.docker.last is not None:
            self.tell("buildx", self.docker.last, hits=self.docker.hits, lookups=self.docker.lookups)
        self.docker, self.layers = _Tally(), set()

    def tell(self, tool: str, line: Line, *, hits: int | None, lookups: int) -> None:
        self.told.append(
            {
                "line_number": line.number,
                "step_number": line.step,
                "cache_tool": tool,
                "hit_count": hits,
                "lookup_count": lookups,
                "logged_at": line.at,
            }
        )


def _docker_begins(reader: _Reader, _: re.Match[str], __: Line) -> None:
    reader.end_docker()


def _docker_layer(reader: _Reader, match: re.Match[str], _: Line) -> None:
    """A step of a Dockerfile; its heading is printed again whenever output of another came between."""
    if not match["command"].startswith(IS_BASE_IMAGE):
        reader.layers.add(match["vertex"])


def _docker_layer_ended(reader: _Reader, match: re.Match[str], line: Line) -> None:
    if match["vertex"] in reader.layers:
        reader.layers.remove(match["vertex"])
        reader.docker.count(line, is_hit=match["how"] == "CACHED")


def _ccache_begins(reader: _Reader, _: re.Match[str], __: Line) -> None:
    reader.expects_ccache = True


def _ccache(reader: _Reader, match: re.Match[str], line: Line) -> None:
    if reader.expects_ccache:
        reader.expects_ccache = False
        reader.tell("ccache", line, hits=int(match["hits"]), lookups=int(match["lookups"]))


def _ccache_3_hits(reader: _Reader, match: re.Match[str], _: Line) -> None:
    reader.ccache_hits = (reader.ccache_hits or 0) + int(match["hits"])


def _ccache_3_misses(reader: _Reader, match: re.Match[str], line: Line) -> None:
    if reader.ccache_hits is not None:
        reader.tell("ccache", line, hits=reader.ccache_hits, lookups=reader.ccache_hits + int(match["misses"]))
        reader.ccache_hits = None


def _sccache_hits(reader: _Reader, match: re.Match[str], _: Line) -> None:
    reader.sccache_hits = int(match["hits"])


def _sccache_misses(reader: _Reader, match: re.Match[str], line: Line) -> None:
    if reader.sccache_hits is not None:
        reader.tell("sccache", line, hits=reader.sccache_hits, lookups=reader.sccache_hits + int(match["misses"]))
        reader.sccache_hits = None


def _turbo(reader: _Reader, match: re.Match[str], line: Line) -> None:
    reader.tell("turbo", line, hits=int(match["hits"]), lookups=int(match["lookups"]))


def _nx_ran(reader: _Reader, match: re.Match[str], line: Line) -> None:
    reader.nx.lookups += int(match["projects"] or 1) + int(match["others"] or 0)
    reader.nx.last = line


def _nx_read(reader: _Reader, match: re.Match[str], line: Line) -> None:
    """It states the number of tasks itself."""
    reader.nx = _Tally()
    reader.tell("nx", line, hits=int(match["hits"]), lookups=int(match["lookups"]))


def _gradle(reader: _Reader, match: re.Match[str], line: Line) -> None:
    """Tasks that were up to date were not looked up. Without any from the cache there may be none."""
    parts = {name.strip(): int(count) for count, name in PART.findall(match["parts"])}
    hits = parts.get("from cache")
    lookups = (hits or 0) + parts.get("executed", 0)
    if lookups:
        reader.tell("gradle", line, hits=hits, lookups=lookups)


def _bazel(reader: _Reader, match: re.Match[str], line: Line) -> None:
    """Actions that bazel does itself, and those that did not need to run again, were not looked up."""
    parts = {name.strip(): int(count) for count, name in PART.findall(match["parts"])}
    hits = sum(parts.get(kind, 0) for kind in ("remote cache hit", "disk cache hit"))
    lookups = sum(count for kind, count in parts.items() if kind not in {"internal", "action cache hit"})
    if lookups:
        reader.tell("bazel", line, hits=hits, lookups=lookups)


def _go(reader: _Reader, match: re.Match[str], line: Line) -> None:
    reader.go.count(line, is_hit=match["how"] == "(cached)")


Event = Callable[[_Reader, re.Match[str], Line], None]

EVENTS: Final[Events[Event]] = Events(
    (
        (r"#(?P<vertex>\d{1,6}) \[(?:[^\]]{1,200} )?\d{1,4}/\d{1,4}\] (?P<command>.+)", _docker_layer),
        (r"#(?P<vertex>\d{1,6}) (?P<how>CACHED|DONE)\b", _docker_layer_ended),
        (r"#0 building with|#1 \[", _docker_begins),
        (r"\s*Cacheable calls:\s+\d", _ccache_begins),
        (r"\s*Hits:\s+(?P<hits>\d{1,12}) / +(?P<lookups>\d{1,12})", _ccache),
        (r"cache hit \((?:direct|preprocessed)\)\s+(?P<hits>\d{1,12})$", _ccache_3_hits),
        (r"cache miss\s+(?P<misses>\d{1,12})$", _ccache_3_misses),
        (r"Cache hits\s+(?P<hits>\d{1,12})$", _sccache_hits),
        (r"Cache misses\s+(?P<misses>\d{1,12})$", _sccache_misses),
        (r"\s*Cached:\s+(?P<hits>\d{1,9}) cached, (?P<lookups>\d{1,9}) total", _turbo),
        (NX_RAN, _nx_ran),
        (r"\s*Nx read the output from the cache .{1,80} (?P<hits>\d{1,9}) out of (?P<lookups>\d{1,9}) tasks", _nx_read),
        (r"\d{1,9} actionable tasks?: (?P<parts>.{1,200})", _gradle),
        (r"INFO: \d{1,9} process(?:es)?: (?P<parts>.{1,500})\.", _bazel),
        (r"ok\s+\S+\s+(?P<how>\(cached\)|\d[\d.]*s)", _go),
    )
)


@dataclass(frozen=True)
class BuildCacheRule:
    """One row per summary; tools that print none are counted by step, or docker build."""

    name: str = "build_cache"
    table: Table = BuildCacheSummaries
    looks_for: str | None = LOOKS_FOR

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002 - see LogRule
        """Lines in which a tool counts, or that it prints for each thing it looks up."""
        return lines_with(lines, LOOKS_FOR).filter(~pl.col("is_command"))

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()
