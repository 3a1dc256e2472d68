"""Plans of the repositories in a warehouse, from its marts and from what is handed in beside them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from rich.markup import escape

from pipeline_etl.advice import (
    SCALING_READS,
    Plan,
    Row,
    Terms,
    WorkflowFile,
    durations_of,
    plan_of,
    read,
    scaling,
    suites_of,
)
from pipeline_etl.cli.speech import near, stderr
from pipeline_etl.errors import AmbiguousTests, SettingsError, UnknownName
from pipeline_etl.parsing.workflow_yaml import MAX_BYTES


@dataclass(frozen=True, kw_only=True)
class Plans:
    """The plans of one repository or of all there are."""

    rows: Mapping[str, Sequence[Row]]
    plans: Sequence[Plan]

    @property
    def as_text(self) -> str:
        """One after the other."""
        return "\n".join(plan.as_text for plan in self.plans)

    @property
    def as_json(self) -> str:
        """A list of them."""
        return json.dumps([plan.content for plan in self.plans], indent=2, ensure_ascii=False) + "\n"

    def write(self, path: Path, text: str) -> None:
        """Write what one patch holds. Raises SettingsError where that would be the patches of several repositories."""
        if sum(bool(plan.patch) for plan in self.plans) > 1:
            raise SettingsError("Patches of several repositories do not go into one file: name one with --repository.")
        path.write_text(text, encoding="utf-8", newline="")
        stderr.print(f"Plan       {escape(near(path))}", highlight=False, soft_wrap=True)

    def write_durations(self, path: Path, *, collected: Path | None) -> None:
        """Write the .test_durations of the one repository that has suites. Raises AmbiguousTests if refused."""
        names = {plan.repository_name for plan in self.plans}
        every = suites_of(self.rows["rpt_test_suites"], self.rows["rpt_test_durations"])
        suites = [suite for suite in every if suite.repository_name in names]
        if len({suite.repository_name for suite in suites}) > 1:
            raise SettingsError(
                "Durations of several repositories do not go into one file: name one with --repository."
            )
        lines = None if collected is None else collected.read_text("utf-8", errors="replace").splitlines()
        durations = durations_of(suites, collected=lines)
        if durations.refusal is not None:
            raise AmbiguousTests(f"{near(path)} is not written: {durations.refusal}.")
        path.write_text(durations.as_text, encoding="utf-8", newline="\n")
        named, unnamed = len(durations.seconds), durations.unnamed_count
        left_out = f" ({unnamed:,} without a node id left out)" if unnamed else ""
        stderr.print(f"Durations  {escape(near(path))}: {named:,} tests{left_out}", highlight=False, soft_wrap=True)


def plans_of(
    connection: duckdb.DuckDBPyConnection,
    repository: str | None,
    *,
    target_seconds: float | None,
    runner_count: int | None,
    labels: Sequence[str],
    checkout: Path | None,
) -> Plans:
    """The plan of a repository, or of every one the warehouse holds. Raises UnknownName when it does not hold it."""
    rows = read(connection, SCALING_READS)
    terms = Terms(target_seconds=target_seconds, runner_count=runner_count)
    named = _labels(labels)
    return Plans(
        rows=rows,
        plans=[_plan(known, rows, terms=terms, labels=named, checkout=checkout) for known in chosen(rows, repository)],
    )


def chosen(rows: Mapping[str, Sequence[Row]], repository: str | None) -> list[Row]:
    """The rows of the repositories that are meant. Raises UnknownName when there is none of the name."""
    held = rows["dim_repositories"]
    if repository is None:
        return list(held)
    found = [row for row in held if row["repository_name"].casefold() == repository.casefold()]
    if not found:
        names = ", ".join(row["repository_name"] for row in held) or "none"
        raise UnknownName(f"The warehouse holds no repository {repository!r}; it holds {names}.")
    return found


def _labels(said: Sequence[str]) -> dict[str, str]:
    """Kind of runner → label. Raises SettingsError where that is not what was said."""
    pairs = [each.partition("=") for each in said]
    if not all(kind and label for kind, _, label in pairs):
        raise SettingsError("--runner-label is KIND=LABEL, for example --runner-label linux_4_core=ubuntu-4-cores.")
    return {kind: label for kind, _, label in pairs}


def _plan(
    known: Row, rows: Mapping[str, Sequence[Row]], *, terms: Terms, labels: Mapping[str, str], checkout: Path | None
) -> Plan:
    name: Any = known["repository_name"]
    files = [_file(row, checkout) for row in rows["dim_workflow_files"] if row["repository_name"] == name]
    return plan_of(name, scaling(name, rows, terms=terms, labels=labels), files, as_of_at=known["as_of_at"])


def _file(row: Row, checkout: Path | None) -> WorkflowFile:
    """The file as it last ran; with a checkout, as it lies there, or none where it does not."""
    path = row["workflow_path"]
    if checkout is None:
        return WorkflowFile(workflow_path=path, text=row["content_text"], is_redacted=bool(row["is_redacted"]))
    local = (checkout / path).resolve()
    if not local.is_relative_to(checkout.resolve()) or not local.is_file() or local.stat().st_size > MAX_BYTES:
        return WorkflowFile(workflow_path=path, text=None)
    try:
        return WorkflowFile(workflow_path=path, text=local.read_bytes().decode("utf-8"))
    except UnicodeDecodeError:
        return WorkflowFile(workflow_path=path, text=None)
