import marimo

app = marimo.App(width="medium", app_title="Before and after a change of the workflow")


@app.cell
def _():
    from datetime import timedelta

    import altair as alt
    import marimo as mo
    import polars as pl
    from published import warehouse

    connection = warehouse()
    return alt, connection, mo, pl, timedelta


@app.cell
def _(connection, mo):
    workflows = connection.execute("""
        select repository_name, workflow_name, min(created_at)::date, max(created_at)::date
        from marts.fct_run_attempts
        group by all
        having count(*) filter (is_headline) >= 20
        order by 3 desc
    """).fetchall()
    options = {
        f"{repository} / {workflow}": (repository, workflow, first, last)
        for repository, workflow, first, last in workflows
    }
    workflow = mo.ui.dropdown(options=options, value=next(iter(options), None), label="Workflow")
    mo.vstack([mo.md("# Before and after a change of the workflow"), workflow])
    return (workflow,)


@app.cell
def _(mo, timedelta, workflow):
    mo.stop(workflow.value is None, mo.md("*No workflow has twenty runs yet: there is nothing to compare.*"))
    repository_name, workflow_name, first_day, last_day = workflow.value
    changed_on = mo.ui.date(
        start=first_day,
        stop=last_day,
        value=first_day + timedelta(days=(last_day - first_day).days // 2),
        label="Changed on",
    )
    changed_on
    return changed_on, repository_name, workflow_name


@app.cell
def _(changed_on, connection, repository_name, workflow_name):
    jobs = connection.sql(
        """
        select jobs.job_family_name, attempts.created_at, jobs.execution_seconds, jobs.queued_seconds,
            if(attempts.created_at < ?::date, 'before', 'after') as period
        from marts.fct_jobs as jobs
        inner join marts.fct_run_attempts as attempts using (provider, repository_id, run_id, run_attempt)
        where jobs.repository_name = ? and jobs.workflow_name = ? and jobs.result = 'success' and jobs.is_executed
        order by attempts.created_at, jobs.job_id
        """,
        params=[changed_on.value, repository_name, workflow_name],
    ).pl()
    return (jobs,)


@app.cell
def _(alt, jobs, mo):
    boxes = (
        alt.Chart(jobs)
        .mark_boxplot(extent=1.5)
        .encode(
            x=alt.X("execution_seconds:Q", title="seconds, jobs that succeeded"),
            y=alt.Y("period:N", sort=["before", "after"], title=None),
            color=alt.Color("period:N", scale=alt.Scale(range=["#0072b2", "#e69f00"]), legend=None),
            row=alt.Row("job_family_name:N", title=None, header=alt.Header(labelAngle=0, labelAlign="left")),
        )
        .properties(width=500, height=50)
        .resolve_scale(x="independent")
    )
    mo.vstack([mo.md("## Executions, job by job"), boxes])


@app.cell
def _(jobs, mo, pl):
    compared = (
        jobs.group_by("job_family_name")
        .agg(
            pl.col("execution_seconds").filter(pl.col("period") == "before").count().alias("n_before"),
            pl.col("execution_seconds").filter(pl.col("period") == "after").count().alias("n_after"),
            pl.col("execution_seconds").filter(pl.col("period") == "before").median().alias("before"),
            pl.col("execution_seconds").filter(pl.col("period") == "after").median().alias("after"),
        )
        .with_columns((pl.col("after") - pl.col("before")).alias("difference_seconds"))
        .sort("job_family_name")
    )
    mo.vstack(
        [
            mo.md("""
            ## Medians

            Fewer than ten runs on a side say nothing. Runs are not assigned by chance: something else may have changed on that
            day, too. `fct_duration_regressions` finds such days by itself and says between which commits.
            """),
            mo.ui.table(compared, selection=None),
        ]
    )


if __name__ == "__main__":
    app.run()
