with

tests as (

    select *
    from {{ ref('fct_test_flakiness') }}
    where is_current

),

costs as (

    select * from {{ ref('rpt_flaky_test_costs') }}

),

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- What a spurious failure cost those who met one of the last 30 days; what nobody knows the cost of is no failure at 0.
prices as (

    select
        costs.provider,
        costs.repository_id,
        cast(sum(costs.list_cost_usd + costs.blocked_people_usd) as double) / sum(costs.rerun_count) as failure_usd_mean
    from costs
    inner join repositories using (provider, repository_id)
    where
        costs.iso_week_start_date > repositories.window_start_at
        and costs.list_cost_usd + costs.blocked_people_usd is not null
    group by all
    having sum(costs.rerun_count) > 0

),

suites_counted as (

    select
        provider,
        repository_id,
        count(*) filter (where flakiness_class <> 'gone') as test_count
    from tests
    group by all

),

-- One incident may be a blip, and what is broken is to be mended.
candidates as (

    select *
    from tests
    where
        flakiness_class in ('flaky', 'suspect')
        and incident_count >= 2
        and (direct_incident_count >= 1 or incident_count - direct_incident_count >= 3)

),

candidates_ranked as (

    select
        *,
        row_number() over ranking as score_rank,
        avg(1 - flake_score_ratio) over ranking as wrong_ratio
    from candidates
    window ranking as (
        partition by provider, repository_id
        order by flake_score_ratio desc, direct_incident_count desc, test_id asc
        rows between unbounded preceding and current row
    )

),

proposed as (

    select
        candidates_ranked.*,
        suites_counted.test_count
    from candidates_ranked
    inner join suites_counted using (provider, repository_id)
    where
        candidates_ranked.wrong_ratio <= {{ flake_parameter('quarantine_wrong_ratio') }}
        and candidates_ranked.score_rank
        <= greatest(1, floor({{ flake_parameter('quarantine_suite_ratio') }} * suites_counted.test_count))

),

quarantine as (

    select
        proposed.provider,
        proposed.repository_id,
        proposed.repository_name,
        proposed.as_of_at,
        proposed.test_id,
        proposed.suite_name,
        proposed.class_name,
        proposed.test_name,
        proposed.file_path,
        proposed.flakiness_class,
        proposed.flake_score_ratio,
        proposed.flake_rate_ratio,
        proposed.incident_count,
        proposed.direct_incident_count,
        proposed.clean_execution_count,
        proposed.execution_count,
        -- A test whose failure is unseen costs nothing to leave in: the list is by what it spares.
        {{ measured("proposed.flake_score_ratio * proposed.flake_rate_ratio * proposed.execution_count * 7 / "
                    ~ flake_parameter('window_days')) }} as expected_failure_count,
        prices.failure_usd_mean * proposed.flake_score_ratio * proposed.flake_rate_ratio * proposed.execution_count
        * 7 / {{ flake_parameter('window_days') }} as expected_cost,
        {{ clean_runs_needed('proposed.flake_rate_ratio') }} as release_execution_count,
        proposed.as_of_at + interval ({{ flake_parameter('quarantine_days') }}) day as quarantine_ends_at,
        {{ measured(
            'sum(1 - proposed.flake_score_ratio) over (partition by proposed.provider, proposed.repository_id)'
        ) }} as expected_wrong_count,
        proposed.test_count,
        proposed.evidence_url
    from proposed
    left join prices using (provider, repository_id)

),

priced as (

    select
        * exclude (expected_cost),
        {{ usd('expected_cost') }} as expected_cost_usd
    from quarantine

)

select * from priced
