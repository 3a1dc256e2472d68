"""The unit tests mirror the package file for file: what is claimed of a module is found where the module is."""

from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]

# Under tests/unit, and of no one module.
HELPERS = {
    "alerting/conftest.py": "alerts made by hand, and services on loopback",
    "extraction/scripted.py": "a CI service in memory",
    "advice/conftest.py": "rows of marts",
    "advice/node_id_files/made/tests/deep/check_dots.py": "a suite that is hard to name, for pytest to report",
    "conftest.py": "what unit tests alone stand on",
    "reports/conftest.py": "marts made by hand",
    "storage/conftest.py": "a lake and rows for it",
    "contracts/test_tables.py": "the tables of all modules of contracts.tables together",
    "parsing/log_rules/test_golden_logs.py": "one claim about every rule, told by the recorded logs beside it",
    "reports/test_declared_marts.py": "what the reports read is what dbt declares",
}

# Public modules without a unit test of their own, and what their claims are tested through.
TESTED_THROUGH = {
    "errors.py": "the unit tests of whoever raises them, and cli/test_app.py for what a person sees of them",
    "advice/proposal.py": "advice/test_plan.py: it holds values and does nothing",
    "cli/clean_ups.py": "cli/test_cleaning.py and tests/fault/test_deleting.py",
    "cli/deleting.py": "tests/fault/test_deleting.py: only a service can tell what is deleted",
    "cli/docs.py": "tests/e2e/test_docs_site.py",
    "alerting/channels.py": "alerting/test_delivery.py: what a channel says is heard by a service on loopback",
    "alerting/journal.py": "alerting/test_delivery.py",
    "providers/posting.py": "alerting/test_delivery.py: on loopback",
    "providers/slack.py": "alerting/test_delivery.py",
    "providers/github/issues.py": "alerting/test_delivery.py",
    "cli/jobs.py": "cli/test_app.py and tests/e2e",
    "cli/speech.py": "cli/test_app.py and cli/test_views.py: it is heard in what a verb says",
    "cli/plans.py": "cli/test_scaling.py",
    "cli/terminal.py": "cli/test_app.py and tests/e2e",
    "contracts/tables/bookkeeping.py": "contracts/test_tables.py: a declaration has no behaviour",
    "contracts/tables/logs.py": "contracts/test_tables.py",
    "contracts/tables/pipeline.py": "contracts/test_tables.py",
    "contracts/tables/reports.py": "contracts/test_tables.py",
    "extraction/artifacts.py": "tests/fault and tests/property: what one artifact comes to is seen in the lake",
    "extraction/attempts.py": "extraction/test_sync.py and tests/fault",
    "extraction/annotations.py": "tests/fault/test_calls.py: which jobs are asked for is counted by the service",
    "extraction/logs.py": "extraction/test_sync.py and tests/fault",
    "extraction/permissions.py": "tests/fault/test_service_permissions.py",
    "extraction/readers.py": "extraction/test_sync.py and tests/fault: it joins the readers",
    "extraction/reading.py": "extraction/test_sync.py and tests/fault",
    "extraction/commit.py": "extraction/test_sync.py and tests/property",
    "extraction/mending.py": "tests/fault/test_damaged_files.py: with a service that has it still, or no more",
    "extraction/originals.py": "tests/property/test_replay.py: with everything a service tells",
    "extraction/replay.py": "tests/property/test_replay.py",
    "extraction/standing.py": "tests/property/test_replay.py",
    "extraction/outcome.py": "extraction/test_sync.py: it holds values and does nothing",
    "orchestration/definitions.py": "tests/architecture/test_definitions.py",
    "orchestration/load_assets.py": "tests/architecture/test_definitions.py and tests/e2e",
    "orchestration/publish_assets.py": "tests/architecture/test_definitions.py and tests/e2e",
    "orchestration/report_assets.py": "tests/architecture/test_definitions.py and tests/e2e",
    "orchestration/timetable.py": "tests/architecture/test_definitions.py",
    "parsing/coverage_lcov.py": "parsing/test_coverage_report.py: every dialect by one door",
    "parsing/coverage_lines.py": "parsing/test_coverage_report.py",
    "parsing/coverage_xml.py": "parsing/test_coverage_report.py",
    "parsing/junit_columns.py": "parsing/test_test_report.py: every producer by one door",
    "parsing/junit_reader.py": "parsing/test_test_report.py",
    "parsing/log_rules/artifact_uploads.py": "parsing/log_rules/test_golden_logs.py",
    "parsing/log_rules/cache.py": "parsing/log_rules/test_golden_logs.py",
    "parsing/log_rules/installers.py": "parsing/log_rules/test_golden_logs.py: each installer by a log it prints",
    "providers/credentials.py": "providers/test_http.py",
    "providers/wire.py": "providers/test_http.py",
    "providers/github/rereading.py": "tests/property/test_replay.py: against what was read when it came",
    "providers/github/app.py": "tests/fault/test_service_access.py: against a service that checks what is signed",
    "reports/look.py": "reports/test_charts.py and reports/test_svg.py: a look is seen in a drawing",
}


def python_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*.py")}


def unit_test_of(module: str) -> str:
    path = PurePosixPath(module)
    return str(path.with_name(f"test_{path.name}"))


MODULES = {module for module in python_files(ROOT / "pipeline_etl") if not PurePosixPath(module).name.startswith("_")}
UNIT = python_files(ROOT / "tests/unit")


def test_every_unit_test_has_its_module() -> None:
    assert UNIT - set(map(unit_test_of, MODULES)) - set(HELPERS) == set()


def test_every_module_has_its_unit_test_or_says_what_it_is_tested_through() -> None:
    assert {module for module in MODULES if unit_test_of(module) not in UNIT} - set(TESTED_THROUGH) == set()


def test_no_excuse_outlives_its_reason() -> None:
    assert set(HELPERS) <= UNIT - set(map(unit_test_of, MODULES))
    assert {module for module in TESTED_THROUGH if module not in MODULES or unit_test_of(module) in UNIT} == set()


@pytest.mark.parametrize("module", sorted(TESTED_THROUGH))
def test_what_a_module_is_tested_through_is_there(module: str) -> None:
    named = [word.strip(",:") for word in TESTED_THROUGH[module].split() if "/" in word]

    assert named
    assert [path for path in named if not any((ROOT / base / path).exists() for base in ("", "tests/unit"))] == []
