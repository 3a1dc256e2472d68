"""Which sections there are, and which reports are made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pipeline_etl.reports.section import Section
from pipeline_etl.reports.sections import (
    advice,
    alerts,
    artifacts,
    bottlenecks,
    build_times,
    caches,
    completeness,
    costs,
    coverage,
    coverage_files,
    coverage_trend,
    critical_path,
    dependency_installs,
    failures,
    flake_costs,
    flaky_history,
    flaky_tests,
    headlines,
    jobs,
    lost_tests,
    matrix_legs,
    pass_rates,
    pipelines,
    problems,
    quarantine,
    recoveries,
    regressions,
    resources,
    right_sizing,
    runner_pools,
    slow_tests,
    steps,
    tests,
    verification,
    waits,
    waste,
    weekly_trends,
)

SECTIONS: Final[tuple[Section, ...]] = (
    coverage.SECTION,
    headlines.SECTION,
    advice.SECTION,
    pipelines.SECTION,
    jobs.SECTION,
    steps.SECTION,
    critical_path.SECTION,
    waits.SECTION,
    runner_pools.SECTION,
    bottlenecks.SECTION,
    flaky_tests.SECTION,
    quarantine.SECTION,
    verification.SECTION,
    flake_costs.SECTION,
    flaky_history.SECTION,
    tests.SECTION,
    slow_tests.SECTION,
    lost_tests.SECTION,
    coverage_trend.SECTION,
    coverage_files.SECTION,
    failures.SECTION,
    recoveries.SECTION,
    caches.SECTION,
    build_times.SECTION,
    dependency_installs.SECTION,
    costs.SECTION,
    waste.SECTION,
    matrix_legs.SECTION,
    resources.SECTION,
    right_sizing.SECTION,
    artifacts.SECTION,
    weekly_trends.SECTION,
    regressions.SECTION,
    pass_rates.SECTION,
    alerts.SECTION,
    completeness.SECTION,
    problems.SECTION,
)
"""Every section, in the order of the full report."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """A named choice of sections. ``name`` is the stem of its files, ``purpose`` a line for who looks for it."""

    name: str
    title: str
    purpose: str
    section_names: tuple[str, ...]

    @property
    def sections(self) -> tuple[Section, ...]:
        """Its sections, in the order it names them."""
        by_name = {section.name: section for section in SECTIONS}
        return tuple(by_name[name] for name in self.section_names)


PIPELINE_REPORT: Final = Report(
    name="pipeline-report",
    title="CI pipeline report",
    purpose="Everything: every section there is.",
    section_names=tuple(section.name for section in SECTIONS),
)

VIEWS: Final[tuple[Report, ...]] = (
    Report(
        name="pipeline-timing-report",
        title="Pipeline timing",
        purpose="How long runs, jobs and steps take, at the median and at worst, and what they wait for.",
        section_names=("pipelines", "jobs", "steps", "waits", "runner_pools"),
    ),
    Report(
        name="pipeline-timing-analysis",
        title="Why it is slow",
        purpose="Why it is slow: the critical path, who holds it up, and what a faster job would gain.",
        section_names=("critical_path", "bottlenecks", "build_times", "regressions"),
    ),
    Report(
        name="pipeline-performance-report",
        title="Pipeline performance",
        purpose="Durations, success, flakes and their cost, coverage, waits and trends of all workflows on one page.",
        section_names=(
            "headlines",
            "pipelines",
            "waits",
            "flaky_tests",
            "flake_costs",
            "coverage_trend",
            "coverage_files",
            "weekly_trends",
            "regressions",
            "pass_rates",
            "alerts",
        ),
    ),
    Report(
        name="resource-report",
        title="Resources of jobs",
        purpose="CPU, memory, network and disk of each job, and which machines are larger or smaller than they need.",
        section_names=("resources", "right_sizing"),
    ),
    Report(
        name="analyze-pipeline-failures",
        title="Pipeline failures",
        purpose="What fails: by class and cause, since when and where, how long red lasts, and tests that run no more.",
        section_names=("failures", "recoveries", "pass_rates", "lost_tests"),
    ),
    Report(
        name="cache-analysis",
        title="Cache analysis",
        purpose="Whether caches pay: hits and misses per cache, seconds saved, keys that never hit.",
        section_names=("caches", "dependency_installs"),
    ),
)
"""Reports that are views of the published warehouse, each a verb and a Make target of its name."""

REPORTS: Final[Mapping[str, Report]] = {
    "generate-pipeline-report": PIPELINE_REPORT,
    **{report.name: report for report in VIEWS},
}
"""Make target → report."""
