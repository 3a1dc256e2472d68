"""The dbt models declare every column a report reads."""

from pipeline_etl.reports import REPOSITORY_READS, SECTIONS, WORKFLOW_READS
from tests.declared_marts import declared_marts

READ = sorted(
    {pair for section in SECTIONS for pair in section.needed_columns}
    | {(mart, column) for mart, columns in {**REPOSITORY_READS, **WORKFLOW_READS}.items() for column in columns}
)


def test_every_column_a_report_reads_is_declared():
    assert [(mart, column) for mart, column in READ if column not in declared_marts().get(mart, {})] == []
