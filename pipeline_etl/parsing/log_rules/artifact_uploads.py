"""Which artifacts a job uploaded: the only place where an artifact is tied to a job, the API ties it to the run."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from pipeline_etl.contracts.tables import ArtifactUploads, Table
from pipeline_etl.parsing.log_rules.rule import Line, RuleReader, lines_with

LOOKS_FOR: Final = r"^Artifact .+ (?:uploaded|finalized)"

# actions/upload-artifact@v4 prints both, in this order; the second repeats the id and adds the size.
FINALIZED: Final = re.compile(
    r"Artifact (?P<name>.{1,300}?)(?:\.zip)? successfully finalized\. Artifact ID (?P<id>\d{1,18})"
)
UPLOADED: Final = re.compile(
    r"Artifact (?P<name>.{1,300}?) has been successfully uploaded! Final size is (?P<bytes>\d{1,18}) bytes\. "
    r"Artifact ID is (?P<id>\d{1,18})"
)


@dataclass
class _Reader:
    uploads: dict[int, dict[str, Any]] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        match = UPLOADED.match(line.text) or FINALIZED.match(line.text)
        if match is None or line.is_command:
            return
        upload = self.uploads.setdefault(int(match["id"]), {"artifact_id": int(match["id"]), "artifact_bytes": None})
        upload |= {
            "line_number": line.number,
            "step_number": line.step,
            "artifact_name": match["name"],
            "uploaded_at": line.at,
        }
        if match.re is UPLOADED:
            upload["artifact_bytes"] = int(match["bytes"])

    def rows(self, *, line_count: int) -> Iterable[Mapping[str, Any]]:  # noqa: ARG002 - see RuleReader
        return self.uploads.values()


@dataclass(frozen=True)
class ArtifactUploadsRule:
    """One row per uploaded artifact."""

    name: str = "artifact_uploads"
    table: Table = ArtifactUploads
    looks_for: str | None = LOOKS_FOR

    def hits(self, lines: pl.DataFrame, *, before: pl.DataFrame) -> pl.DataFrame:  # noqa: ARG002 - see LogRule
        """Lines that tell of an upload."""
        return lines_with(lines, LOOKS_FOR)

    def reader(self) -> RuleReader:
        """See LogRule."""
        return _Reader()
