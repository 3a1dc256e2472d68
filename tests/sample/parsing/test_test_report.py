"""What the JUnit reports of the whole sample come to."""

import itertools
from pathlib import Path

from pipeline_etl.parsing.archive import read_archive
from tests.parsed import parse_test_report

SAMPLE = Path(__file__).parents[3] / "data/sample/github/simonw/sqlite-utils/artifact_zips"


def test_the_sample_has_the_results_that_its_shape_states() -> None:
    outcomes: dict[str, int] = {}
    tests: set[tuple[str, str]] = set()
    files = itertools.chain.from_iterable(read_archive(path.read_bytes()) for path in SAMPLE.glob("*.zip"))
    for file in files:
        if file.path == "junit.xml":
            read = parse_test_report(file.content, repository_id=1).results
            tests.update(read.select("class_name", "test_name").iter_rows())
            for outcome, count in read["test_outcome"].value_counts().rows():
                outcomes[outcome] = outcomes.get(outcome, 0) + count

    assert outcomes == {"passed": 177_754, "skipped": 2_499, "failed": 45}
    assert len(tests) == 1_524
