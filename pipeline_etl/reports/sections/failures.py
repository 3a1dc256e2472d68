"""Why jobs fail, by what their failures have in common."""

from typing import Final

from pipeline_etl.reports.charts import Bar, bars
from pipeline_etl.reports.look import Chart
from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import count, day, plural, quoted

MOSTLY_UNKNOWN: Final = 0.3
"""Share of failures without a known cause above which the table says little."""


def advise(rows: Rows, repository: Repository) -> str:
    """Name the most frequent cluster of the last month, and what is new."""
    if not rows:
        if not repository.executed_job_count:
            return "No executed jobs are stored, so nothing is known of failures. No data is never healthy."
        return f"None of {plural(repository.executed_job_count, 'executed job')} failed."
    recent = sum(row["recent_failed_job_count"] for row in rows)
    if not recent:
        last = day(max(row["last_seen_at"] for row in rows))
        return f"No job failed in the last 30 days; the last one that did, failed on {last}."
    worst = rows[0]
    branch = "on the default branch, too" if worst["is_on_default_branch"] else "never on the default branch"
    what = quoted(worst["cluster_title"] or worst["failure_class"])
    sentences = [f"Of {plural(recent, 'failed job')} in the last 30 days {count(worst['recent_failed_job_count'])}"]
    sentences[0] += f" have one thing in common ({worst['failure_class']}): {what}, {branch}."
    if worst["is_retryable"]:
        sentences.append("It is of a kind that may pass when run again.")
    new = [row for row in rows if row["is_new"]]
    if new:
        sentences.append(f"{plural(len(new), 'kind is', 'kinds are')} new in the last 24 hours.")
    unknown = sum(row["recent_failed_job_count"] for row in rows if row["failure_class"] == "unknown")
    if unknown > MOSTLY_UNKNOWN * recent:
        sentences.append(f"The cause of {count(unknown)} is not known: their logs are not stored or show no error.")
    return " ".join(sentences)


def draw(rows: Rows) -> list[Chart]:
    """Failed jobs of the last month by class."""
    by_class: dict[str, int] = {}
    for row in rows:
        by_class[row["failure_class"]] = by_class.get(row["failure_class"], 0) + row["recent_failed_job_count"]
    lines = [
        Bar(name=name, parts={"failed jobs": float(number)}, label=count(number))
        for name, number in sorted(by_class.items(), key=lambda item: (-item[1], item[0]))
        if number
    ]
    if not lines:
        return []
    return [
        bars(
            lines,
            title="Failed jobs of the last 30 days by cause",
            description="; ".join(f"{line.name}: {line.label}" for line in lines),
            series={"failed jobs": "red"},
            unit="count",
        )
    ]


SECTION: Final = Section(
    name="failures",
    label="Failures",
    question="Why do jobs fail?",
    definition="failures",
    reads={
        "fct_failure_clusters": (
            "repository_id",
            "failure_cluster_id",
            "failure_class",
            "template_text",
            "failed_step_name",
            "message",
            "is_retryable",
            "is_new",
            "first_seen_at",
            "last_seen_at",
            "failed_job_count",
            "recent_failed_job_count",
            "failed_run_count",
            "branch_count",
            "repository_count",
            "is_on_default_branch",
            "is_on_other_branches",
            "last_good_sha",
            "first_bad_sha",
            "suspect_commit_count",
            "evidence_url",
        )
    },
    columns=(
        Column(name="failure_class", title="Cause", unit="text"),
        Column(name="cluster_title", title="Message or failed step", unit="code", link="evidence_url"),
        Column(name="has_message", title="By message", unit="flag", is_in_table=False),
        Column(name="message", title="Last message", unit="code", is_in_table=False),
        Column(name="is_retryable", title="May pass again", unit="flag", is_in_table=False),
        Column(name="is_new", title="New", unit="flag", is_spare=True),
        Column(name="first_seen_at", title="First seen", unit="date"),
        Column(name="last_seen_at", title="Last seen", unit="date"),
        Column(name="failed_job_count", title="Failed jobs", unit="count"),
        Column(name="recent_failed_job_count", title="In 30 days", unit="count"),
        Column(name="failed_run_count", title="Runs", unit="count", is_spare=True),
        Column(name="branch_count", title="Branches", unit="count"),
        Column(name="repository_count", title="Repositories", unit="count", is_in_table=False),
        Column(name="is_on_default_branch", title="On default branch", unit="flag"),
        Column(name="is_on_other_branches", title="On other branches", unit="flag", is_in_table=False),
        Column(name="last_good_sha", title="Last good commit", unit="sha", is_in_table=False),
        Column(name="first_bad_sha", title="First bad commit", unit="sha"),
        Column(name="suspect_commit_count", title="Commits between", unit="count", is_in_table=False),
        Column(name="evidence_url", title="Evidence", unit="url", is_in_table=False),
    ),
    advise=advise,
    draw=draw,
    note=(
        "Failures of one cause whose first error lines agree in 70 % of their words are one row; <*> stands for what "
        "differs. Where no message is known the failed step stands for it. Commits are those of the default branch."
    ),
    more_sql="from marts.fct_failure_clusters order by recent_failed_job_count desc",
)
