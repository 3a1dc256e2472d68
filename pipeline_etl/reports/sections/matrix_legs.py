"""Which legs of a matrix earn their minutes."""

from typing import Final

from pipeline_etl.reports.section import Column, Repository, Rows, Section
from pipeline_etl.wording import money, percent, plural, quoted


def advise(rows: Rows, _: Repository) -> str:
    """Name the most expensive leg that never found anything alone, with what that proves."""
    if not rows:
        return "No job with a matrix has run two legs that passed or failed."
    never = [row for row in rows if row["leg_verdict"] == "never finds alone"]
    if not never:
        known = [row for row in rows if row["leg_verdict"] == "finds alone"]
        if not known:
            return "Too few runs with a failed leg are known to say which legs of the matrix are worth their minutes."
        return "Every leg of which enough is known found something that no other one did: keep them."
    first = never[0]
    worth = "" if first["list_cost_usd"] is None else f" It cost {money(first['list_cost_usd'])} at list price."
    runs = plural(first["matrix_finding_run_count"], "run")
    return (
        f"{quoted(first['job_name'])} never failed alone in {runs} in which a "
        f"leg of its matrix failed; in the long run at most {percent(first['unique_find_ratio_high'])} of such runs "
        f"would be missed without it: run it by night or before a release.{worth}"
    )


SECTION: Final = Section(
    name="matrix_legs",
    label="Matrix",
    question="Which legs of a matrix find what no other one does?",
    definition="matrix-legs",
    reads={
        "rpt_matrix_legs": (
            "repository_id",
            "workflow_id",
            "workflow_name",
            "matrix_name",
            "job_name",
            "compared_run_count",
            "matrix_finding_run_count",
            "finding_run_count",
            "unique_find_count",
            "unique_find_ratio_high",
            "last_unique_find_at",
            "billed_minute_count",
            "list_cost_usd",
            "leg_verdict",
        )
    },
    columns=(
        Column(name="workflow_name", title="Workflow", unit="code", is_in_table=False),
        Column(name="matrix_name", title="Matrix", unit="code"),
        Column(name="job_name", title="Leg", unit="code"),
        Column(name="compared_run_count", title="Runs compared", unit="count"),
        Column(name="matrix_finding_run_count", title="With a failed leg", unit="count"),
        Column(name="finding_run_count", title="This one failed", unit="count"),
        Column(name="unique_find_count", title="It alone", unit="count"),
        Column(name="unique_find_ratio_high", title="At most", unit="ratio"),
        Column(name="last_unique_find_at", title="Last time alone", unit="instant"),
        Column(name="billed_minute_count", title="Billed minutes", unit="count"),
        Column(name="list_cost_usd", title="At list price", unit="usd"),
        Column(name="leg_verdict", title="Verdict", unit="text"),
    ),
    advise=advise,
    note=(
        "All history. A failure counts when the leg passed in no attempt of the run and no outage ended it; a leg that "
        "was cut short by another's failure is in no comparison. “At most” is the end of a 95 % interval."
    ),
    more_sql="from marts.rpt_matrix_legs order by leg_verdict, billed_minute_count desc",
)
