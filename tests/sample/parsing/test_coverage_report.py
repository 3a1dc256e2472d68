"""What the coverage reports of the whole sample come to."""

from pathlib import Path

from pipeline_etl.parsing.archive import read_archive
from pipeline_etl.parsing.coverage_report import parse_coverage_report

SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils/artifact_zips"


def test_the_samples_coverage_reports_agree_with_their_own_sums() -> None:
    contents = [
        file.content
        for path in SAMPLE.glob("*.zip")
        for file in read_archive(path.read_bytes())
        if file.path == "coverage.xml"
    ]
    agreeing = [
        f'lines-valid="{rows.report["valid_line_count"][0]}" lines-covered="{rows.report["covered_line_count"][0]}"'.encode()
        in content[:600]
        for content, rows in ((content, parse_coverage_report(content, path="coverage.xml")) for content in contents)
    ]

    assert (len(agreeing), all(agreeing)) == (74, True), "of 76 listed, 2 have expired"
