"""What the artifacts of the sample are seen to be."""

from pathlib import Path

from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.artifact_file import recognise

SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils/artifact_zips"


def test_the_samples_artifacts_are_recognised() -> None:
    kinds = {
        (file.path, recognise(file.path, file.content[:4096]))
        for path in sorted(SAMPLE.glob("*.zip"))[:60]
        for file in read_archive(path.read_bytes())
    }

    assert kinds == {
        ("junit.xml", "test_report"),
        ("coverage.xml", "coverage_report"),
        ("telemetry.jsonl", "telemetry"),
    }
