"""One artifact: the test reports, coverage and telemetry in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import (
    CoverageFiles,
    CoverageReports,
    Table,
    TelemetrySamples,
    TestReports,
    TestResults,
)
from pipeline_etl.contracts.vocabulary import ItemState
from pipeline_etl.errors import (
    ContentError,
    Gone,
    MalformedCoverageReport,
    MalformedTelemetry,
    NotPermitted,
    PipelineError,
    RateLimited,
    Unauthorized,
    Unreachable,
)
from pipeline_etl.extraction.permissions import Permissions
from pipeline_etl.extraction.rows import Item, Problem, Reading, Seen, month_of, stamped, state_after
from pipeline_etl.parsing.archive import ArchiveFile, LargeFile, open_archive
from pipeline_etl.parsing.artifact_file import ReportKind, recognise
from pipeline_etl.parsing.content import Content, stream_of
from pipeline_etl.parsing.coverage_report import parse_coverage_report
from pipeline_etl.parsing.telemetry import parse_telemetry
from pipeline_etl.parsing.test_report import parse_test_reports
from pipeline_etl.providers import Provider, Repository

HEAD_BYTES: Final = 4_096
"""Bytes of a file that are enough to recognise it."""

TOGETHER_BYTES: Final = 16 * 2**20
"""Test reports of so many bytes are read together; one that is too large to be held counts as so many."""

DOWNLOAD_LIMIT_BYTES: Final = 100_000_000
"""Artifacts larger than this are listed, not downloaded: reports are small, build outputs are not."""


LARGEST_BYTES: Final = 128 * 2**20
"""Size up to which coverage and telemetry, which are held whole, are read."""


@dataclass(frozen=True, kw_only=True)
class ArtifactReader:
    """Reads artifacts of one repository."""

    provider: Provider
    repository: Repository
    permissions: Permissions

    def read(self, artifact: dict[str, Any]) -> Reading:
        """Everything that is kept of one artifact, a row of Artifacts.

        Raises:
            RateLimited, Unauthorized: nothing more can be read now. Any other trouble is in the reading.
        """
        created_at = artifact["created_at"]
        reading = Reading(month=created_at and month_of(created_at))
        item = Item(item_kind="artifact", item_id=str(artifact["artifact_id"]), run_id=artifact["run_id"])

        def seen(state: ItemState, reason: str | None) -> Reading:
            reading.seen.append(Seen(item=item, state=state, expires_at=artifact["expires_at"], reason=reason))
            return reading

        if artifact["is_expired"]:
            return seen("expired", "Its retention had passed when it was first seen.")
        if artifact["artifact_bytes"] > DOWNLOAD_LIMIT_BYTES:
            return seen("not_wanted", f"It is larger than {DOWNLOAD_LIMIT_BYTES:,} bytes.")
        try:
            content = self._content(artifact)
        except NotPermitted as error:
            self.permissions.tell(reading, item, error)
            return reading
        except (RateLimited, Unauthorized):
            raise
        except PipelineError as error:
            if not isinstance(error, Gone):
                reading.problems.append(Problem.of(error, item))
            return seen(state_after(error), str(error))
        return seen(*self._read_files(content, artifact, item, reading))

    def _content(self, artifact: dict[str, Any]) -> bytes:
        """Its archive, whole: an answer that was cut short is not taken for a broken archive."""
        artifact_id, digest = artifact["artifact_id"], artifact["digest"]
        content = self.permissions.ask(
            "artifact", lambda: self.provider.artifact_archive(self.repository, artifact_id=artifact_id)
        )
        if self.repository.snapshot_at is not None or digest is None:
            return content  # what is recorded was packed anew
        if digest.startswith("sha256:") and digest != f"sha256:{sha256(content).hexdigest()}":
            raise Unreachable(f"Artifact {artifact_id} came with another digest than the service gives of it.")
        return content

    def _read_files(
        self, content: bytes, artifact: dict[str, Any], item: Item, reading: Reading
    ) -> tuple[ItemState, str | None]:
        """Read the files that are recognised; the state they leave the artifact in, and why."""
        context = {"artifact_id": artifact["artifact_id"], "run_id": artifact["run_id"]}
        waiting: list[ArchiveFile | LargeFile] = []
        waiting_bytes = 0
        try:
            for file in open_archive(content):
                kind = recognise(file.path, file.head[:HEAD_BYTES])
                if kind == "test_report":
                    waiting.append(file)
                    waiting_bytes += file.byte_count if isinstance(file, ArchiveFile) else TOGETHER_BYTES
                    if waiting_bytes >= TOGETHER_BYTES:
                        self._read_test_reports(waiting, context, item, reading)
                        waiting, waiting_bytes = [], 0
                elif kind is not None:
                    _read_other(kind, file, context, item, reading)
        except ContentError as error:
            reading.problems.append(Problem.of(error, item))
        self._read_test_reports(waiting, context, item, reading)
        if reading.frames:
            return "stored", None
        if reading.problems:
            return "unreadable", reading.problems[0].message
        return "not_wanted", "It holds no test report, coverage report or telemetry."

    def _read_test_reports(
        self, files: Sequence[ArchiveFile | LargeFile], context: dict[str, Any], item: Item, reading: Reading
    ) -> None:
        rows = parse_test_reports(map(content_of, files), repository_id=self.repository.repository_id)
        for number, error in rows.refused.items():
            reading.problems.append(Problem.of(error, item, file_path=files[number].path))
        if rows.report.is_empty():
            return
        paths = pl.Series("report_path", [file.path for file in files], dtype=pl.String)
        frames = {TestReports: rows.report, TestResults: rows.results}
        reading.frames.append(
            {
                table: stamped(
                    frame.with_columns(paths.gather(frame["report_number"])).drop("report_number"), table, context
                )
                for table, frame in frames.items()
            }
        )


def _read_other(
    kind: ReportKind, file: ArchiveFile | LargeFile, context: dict[str, Any], item: Item, reading: Reading
) -> None:
    """Read a file that is no test report."""
    try:
        frames, flaw = report_frames(kind, file)
    except ContentError as error:
        reading.problems.append(Problem.of(error, item, file_path=file.path))
        return
    with_path = {**context, "report_path": file.path}
    reading.frames.append({table: stamped(frame, table, with_path) for table, frame in frames.items()})
    if flaw is not None:
        reading.problems.append(Problem.of(flaw, item, file_path=file.path))


def report_frames(
    kind: ReportKind, file: ArchiveFile | LargeFile
) -> tuple[dict[Table, pl.DataFrame], ContentError | None]:
    """Rows of a file with coverage or telemetry, without context columns, and what in it could not be read.

    Raises the ContentError that says why nothing could.
    """
    malformed = MalformedCoverageReport if kind == "coverage_report" else MalformedTelemetry
    if file.byte_count > LARGEST_BYTES:
        raise malformed(f"It is larger than {LARGEST_BYTES:,} bytes.")
    with stream_of(content_of(file)) as stream:
        content = stream.read()
    if kind == "coverage_report":
        coverage = parse_coverage_report(content, path=file.path)
        return {CoverageReports: coverage.report, CoverageFiles: coverage.files}, None
    telemetry = parse_telemetry(content)
    return {TelemetrySamples: telemetry.samples}, telemetry.problem


def content_of(file: ArchiveFile | LargeFile) -> Content:
    """What a parser reads the file from."""
    return file.content if isinstance(file, ArchiveFile) else file
