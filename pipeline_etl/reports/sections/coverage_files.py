"""Which files lost coverage, and which have most that nothing runs."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Row, Rows, Section
from pipeline_etl.reports.sections.coverage_trend import HOW, points
from pipeline_etl.wording import commit, count, day, percent, plural, quoted


def advise(rows: Rows, _: Repository) -> str:
    """Name the file that fell deepest, and the one with most lines that nothing runs."""
    if not rows:
        return f"No coverage by file of the default branch is stored, so no file can be named. {HOW}"
    first = rows[0]
    sentences = []
    if first["fallen_file_count"]:
        fell = plural(first["fallen_file_count"], "file")
        sentences.append(
            f"{fell} lost coverage in the last 30 days, {count(first['just_fallen_file_count'])} with the commit "
            f"measured last. {_fall(first)}"
        )
    else:
        sentences.append("No file lost coverage in the last 30 days.")
    most = max(rows, key=lambda row: row["missed_line_count"])
    if most["missed_line_count"]:
        sentences.append(
            f"{quoted(most['file_path'])} has most that no test runs: {count(most['missed_line_count'])} of "
            f"{plural(most['valid_line_count'], 'line')}."
        )
    else:
        sentences.append("Every line of every file is covered.")
    return " ".join(sentences)


def _fall(row: Row) -> str:
    more = row["more_missed_line_count"]
    sentence = (
        f"{quoted(row['file_path'])} fell deepest, {points(row['line_change_ratio'])} since "
        f"{commit(row['changed_sha'])} of {day(row['changed_at'])}"
    )
    if more > 0:
        return f"{sentence}: it left {plural(more, 'line')} more untested."
    return f"{sentence}, for covered lines went: {percent(row['line_ratio'])} of what is left runs."


SECTION: Final = Section(
    name="coverage_files",
    label="Files covered",
    question="Which files lost coverage, and which have most that no test runs?",
    definition="coverage",
    reads={
        "rpt_coverage_by_file": (
            "repository_id",
            "file_path",
            "line_ratio",
            "line_change_ratio",
            "missed_line_count",
            "valid_line_count",
            "more_missed_line_count",
            "changed_sha",
            "changed_at",
            "base_line_ratio",
            "is_changed_by_last_commit",
            "is_recently_changed",
            "head_sha",
            "executed_at",
        )
    },
    columns=(
        Column(name="file_path", title="File", unit="code"),
        Column(name="line_ratio", title="Lines covered", unit="ratio"),
        Column(name="line_change_ratio", title="Last change", unit="ratio_difference"),
        Column(name="missed_line_count", title="Not run", unit="count"),
        Column(name="valid_line_count", title="Of lines", unit="count"),
        Column(name="more_missed_line_count", title="Not run, more than before", unit="count", is_spare=True),
        Column(name="changed_sha", title="Changed by", unit="sha"),
        Column(name="changed_at", title="On", unit="date"),
        Column(name="base_line_ratio", title="Before", unit="ratio", is_in_table=False),
        Column(name="is_changed_by_last_commit", title="By the last commit", unit="flag", is_in_table=False),
        Column(name="is_recently_changed", title="In the last 30 days", unit="flag", is_in_table=False),
        Column(name="fallen_file_count", title="Files that fell, all of the list", unit="count", is_in_table=False),
        Column(name="just_fallen_file_count", title="Of these with the last commit", unit="count", is_in_table=False),
        Column(name="head_sha", title="Measured at", unit="sha", is_in_table=False),
        Column(name="executed_at", title="Measured", unit="date", is_in_table=False),
    ),
    advise=advise,
    note=(
        "Files in the coverage of the default branch's last measured commit. The change is the file's last one, in "
        "points, against the commit before that measured it; those that fell in the last 30 days come first."
    ),
    more_sql="from marts.rpt_coverage_by_file order by missed_line_count desc",
)
