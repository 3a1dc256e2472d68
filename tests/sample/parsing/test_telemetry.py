"""What the telemetry of the whole sample comes to."""

from pathlib import Path

from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.telemetry import parse_telemetry

SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils/artifact_zips"


def test_the_sample_has_3008_samples() -> None:
    counts = [
        parse_telemetry(file.content).samples.height
        for path in SAMPLE.glob("*.zip")
        for file in read_archive(path.read_bytes())
        if file.path == "telemetry.jsonl"
    ]

    assert (len(counts), sum(counts)) == (315, 3_008)
