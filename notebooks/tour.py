import marimo

app = marimo.App(width="medium", app_title="A tour of the warehouse")


@app.cell
def _():
    import altair as alt
    import marimo as mo
    from published import warehouse

    connection = warehouse()
    return alt, connection, mo


@app.cell
def _(mo):
    mo.md("""
    # A tour of the warehouse

    Everything the reports show is in one DuckDB file, in the schema `marts`: `dim_` tables are things, `fct_` tables are
    measurements, `rpt_` tables are shaped for reading. Names end in their unit. Null is unknown, never zero.
    """)


@app.cell
def _(connection, mo):
    marts = connection.sql("""
        select table_name as mart, split_part(comment, '.', 1) as one_row_is, estimated_size as row_count
        from duckdb_tables()
        where schema_name = 'marts'
        order by mart
    """).pl()
    mo.vstack([mo.md("## What there is"), mo.ui.table(marts, selection=None, page_size=15)])


@app.cell
def _(alt, connection, mo):
    weeks = connection.sql("""
        select repository_name, iso_week_start_date, run_count, wall_seconds_p50 / 60 as wall_minutes_p50
        from marts.rpt_weekly_trends
        where branch_class = 'all' and wall_seconds_p50 is not null
        order by all
    """).pl()
    wall = (
        alt.Chart(weeks)
        .mark_line(point=True)
        .encode(
            x=alt.X("iso_week_start_date:T", title="week"),
            y=alt.Y("wall_minutes_p50:Q", title="median wall time, minutes"),
            tooltip=["repository_name", "iso_week_start_date", "run_count", "wall_minutes_p50"],
        )
        .properties(width=600, height=160)
        .facet(row=alt.Row("repository_name:N", title=None))
        .resolve_scale(x="independent", y="independent")
    )
    mo.vstack([mo.md("## How long pipelines take, week by week"), wall])
    return (weeks,)


@app.cell
def _(alt, connection, mo):
    waits = connection.sql("""
        select
            repository_name,
            coalesce(sum(dependency_wait_seconds), 0) / 3600 as "other jobs",
            coalesce(sum(scheduling_wait_seconds), 0) / 3600 as scheduling,
            coalesce(sum(runner_queue_seconds), 0) / 3600 as "a runner",
            coalesce(sum(unexplained_wait_seconds), 0) / 3600 as unexplained
        from marts.fct_jobs
        where is_executed
        group by all
        order by all
    """).pl()
    long = waits.unpivot(index="repository_name", variable_name="waited_for", value_name="hours")
    bars = (
        alt.Chart(long)
        .mark_bar()
        .encode(
            x=alt.X("hours:Q", title="hours waited, all jobs of all history"),
            y=alt.Y("waited_for:N", title=None, sort="-x"),
            tooltip=["repository_name", "waited_for", "hours"],
        )
        .properties(width=600, height=100)
        .facet(row=alt.Row("repository_name:N", title=None))
        .resolve_scale(x="independent")
    )
    mo.vstack([mo.md("## What jobs wait for"), bars])


@app.cell
def _(connection, mo):
    mo.vstack(
        [
            mo.md("""
            ## Ask it yourself

            `connection.sql("from marts.fct_jobs").pl()` is a polars frame. These jobs failed last:
            """),
            mo.ui.table(
                connection.sql("""
                    select completed_at, repository_name, job_name, failure_class, failure_message, job_url
                    from marts.fct_jobs
                    where is_failure_like and is_executed
                    order by completed_at desc, job_id
                    limit 20
                """).pl(),
                selection=None,
            ),
        ]
    )


if __name__ == "__main__":
    app.run()
