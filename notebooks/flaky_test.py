import marimo

app = marimo.App(width="medium", app_title="Hunting a flaky test")


@app.cell
def _():
    import altair as alt
    import marimo as mo
    from published import warehouse

    connection = warehouse()
    return alt, connection, mo


@app.cell
def _(connection, mo):
    suspects = connection.sql("""
        select test_name, test_id, max(flake_score_ratio) as highest_score
        from marts.fct_test_flakiness
        where flake_score_ratio > 0
        group by all
        order by highest_score desc, test_name
        limit 50
    """).pl()
    names = {f"{name} ({score:.2f})": test for name, test, score in suspects.iter_rows()}
    choice = mo.ui.dropdown(options=names, value=next(iter(names), None), label="Test")
    mo.vstack(
        [
            mo.md("""
            # Hunting a flaky test

            The score is the probability that a test is flaky at a moment, judged over the 30 days before it. In brackets the
            highest it ever had. Choose one:
            """),
            choice if names else mo.md("*No test has failed in a way that could be flaky. There is nothing to hunt.*"),
        ]
    )
    return (choice,)


@app.cell
def _(alt, choice, connection, mo):
    history = connection.sql(
        """
        select as_of_at, flake_score_ratio, flakiness_class, execution_count, bad_execution_count
        from marts.fct_test_flakiness
        where test_id = ?
        order by as_of_at
        """,
        params=[choice.value],
    ).pl()
    line = (
        alt.Chart(history)
        .mark_line(point=True)
        .encode(
            x=alt.X("as_of_at:T", title="judged at"),
            y=alt.Y("flake_score_ratio:Q", title="probability of being flaky", scale=alt.Scale(domain=[0, 1])),
            tooltip=["as_of_at", "flakiness_class", "execution_count", "bad_execution_count", "flake_score_ratio"],
        )
        .properties(width=600, height=200)
    )
    began = connection.sql(
        """
        select onset_at, onset_sha[:10] as likeliest, first_suspect_sha[:10] as first, last_suspect_sha[:10] as last,
            credible_commit_count as suspects, round(onset_ratio, 2) as probability
        from marts.rpt_flake_onsets
        where test_id = ? and onset_sha is not null
        """,
        params=[choice.value],
    ).pl()
    commits = (
        mo.ui.table(began, selection=None)
        if len(began)
        else mo.md(
            "*It is not known to have begun in the last 90 days: it may always have been so, or is not flaky now.*"
        )
    )
    mo.vstack([mo.md("## When was it flaky, and since which commit?"), line, commits])


@app.cell
def _(alt, choice, connection, mo):
    executions = connection.sql(
        """
        select tests.executed_at, tests.outcome, tests.test_seconds_total, jobs.job_name, tests.head_sha[:8] as sha, tests.message
        from marts.fct_test_executions as tests
        left join marts.fct_jobs as jobs using (provider, repository_id, job_id)
        where tests.test_id = ? and not tests.is_mass_failure
        order by tests.executed_at, jobs.job_name
        """,
        params=[choice.value],
    ).pl()
    dots = (
        alt.Chart(executions)
        .mark_circle(size=60, opacity=0.7)
        .encode(
            x=alt.X("executed_at:T", title="executed"),
            y=alt.Y("test_seconds_total:Q", title="seconds"),
            color=alt.Color(
                "outcome:N",
                scale=alt.Scale(
                    domain=["passed", "flaky_passed", "failed", "error", "skipped"],
                    range=["#0072b2", "#56b4e9", "#d55e00", "#cc79a7", "#999999"],
                ),
            ),
            row=alt.Row("job_name:N", title=None),
            tooltip=["executed_at", "outcome", "test_seconds_total", "sha", "message"],
        )
        .properties(width=600, height=120)
    )
    mo.vstack([mo.md("## Every execution: does it fail where it is slow, or in one job only?"), dots])
    return (executions,)


@app.cell
def _(choice, connection, mo):
    evidence = connection.sql(
        """
        select occurred_at, evidence_code, evidence_family, max(probability_ratio) as probability, head_sha, run_url, any_value(message) as message
        from marts.fct_flake_evidence
        where test_id = ?
        group by all
        order by probability desc, occurred_at
        """,
        params=[choice.value],
    ).pl()
    mo.vstack(
        [
            mo.md("""
            ## The evidence

            `direct`: it passed and failed on the same code. `soft`: it failed between two passes. `real`: it was broken, and
            that is no flake. The codes are in the documentation of the metrics.
            """),
            mo.ui.table(evidence, selection=None),
        ]
    )


if __name__ == "__main__":
    app.run()
