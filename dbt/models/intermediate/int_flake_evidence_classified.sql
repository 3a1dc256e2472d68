{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['provider', 'repository_id', 'as_of_at'],
        on_schema_change='fail',
        post_hook="{{ forget_former_as_of_dates() }}"
    )
}}

with

test_runs as (

    select *
    from {{ ref('int_test_runs_judged_by_config') }}
    {{ of_touched_as_of_dates() }}

),

breakages as (

    select * from {{ ref('int_breakages_found_in_streaks') }}

),

as_of_dates as (

    select as_of_dates.*
    from {{ ref('int_as_of_dates_listed_by_week') }} as as_of_dates
    semi join test_runs using (provider, repository_id, as_of_at)

),

executions as (

    select * from {{ ref('int_test_executions_judged') }}

),

-- A fork's branch may bear the default branch's name, and is another one.
test_runs_beside_neighbours as (

    select
        *,
        lag(passed_count > 0) over branch_history as is_previous_passed,
        lead(passed_count > 0) over branch_history as is_next_passed,
        lag(failed_count > 0 and passed_count = 0) over branch_history as is_previous_failed,
        lead(failed_count > 0 and passed_count = 0) over branch_history as is_next_failed
    from test_runs
    window branch_history as (
        partition by provider, repository_id, as_of_at, test_id, test_config_id, is_default_branch, head_branch
        order by occurred_at, run_id
    )

),

configs_contrasted as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        run_id,
        count(*) as config_count,
        count(*) filter (where failed_count > 0) as failed_config_count
    from test_runs
    group by all

),

suspicious_runs as (

    select
        test_runs_beside_neighbours.*,
        configs_contrasted.config_count,
        configs_contrasted.failed_config_count
    from test_runs_beside_neighbours
    inner join configs_contrasted using (provider, repository_id, as_of_at, test_id, run_id)
    where test_runs_beside_neighbours.failed_count > 0 or test_runs_beside_neighbours.retried_count > 0

),

-- The first that fits stands, strongest first (docs/metrics.md, Tests).
suspicious_runs_coded as (

    select
        *,
        case
            when retried_count > 0 then 'E1'
            when failed_count > 0 and passed_count > 0 then 'E2'
            when is_pinned_tree and passed_elsewhere_pinned_count > 0 then 'E3'
            when passed_elsewhere_count > 0 then 'E3p'
            when failed_count >= 2 then 'R1'
            when is_default_branch and (is_next_failed or is_previous_failed) then 'R2'
            when is_default_branch and is_previous_passed and is_next_passed
                then
                    case
                        when config_count = 1 then 'E4s' when failed_config_count < config_count then 'E4a' else 'E4b'
                    end
            when is_default_branch
                then
                    case
                        when config_count = 1 then 'E4sp' when failed_config_count < config_count then 'E4c' else 'E4d'
                    end
            when is_next_failed or is_previous_failed then 'R3'
            when is_next_passed
                then
                    case
                        when config_count = 1 then 'E5s' when failed_config_count < config_count then 'E5a' else 'E5b'
                    end
            when config_count = 1 then 'E5sp'
            when failed_config_count < config_count then 'E5c'
            else 'E5d'
        end as evidence_code
    from suspicious_runs

),

evidence_codes (evidence_code, evidence_family, prior_ratio) as (

    values
    ('E1', 'direct', 0.97), ('E2', 'direct', 0.93), ('E3', 'direct', 0.88), ('E3p', 'direct', 0.75),
    ('R1', 'real', 0.00), ('R2', 'real', 0.00), ('R3', 'real', 0.00),
    ('E4a', 'soft', 0.80), ('E4b', 'soft', 0.20), ('E4s', 'soft', 0.55),
    ('E4c', 'soft', 0.50), ('E4d', 'soft', 0.05), ('E4sp', 'soft', 0.15),
    ('E5a', 'soft', 0.60), ('E5b', 'soft', 0.04), ('E5s', 'soft', 0.20),
    ('E5c', 'soft', 0.40), ('E5d', 'soft', 0.02), ('E5sp', 'soft', 0.10)

),

tests_counted_by_run as (

    select
        as_of_dates.provider,
        as_of_dates.repository_id,
        as_of_dates.as_of_at,
        executions.run_id,
        executions.test_config_id,
        max(executions.test_count) as test_count
    from executions
    inner join as_of_dates
        on
            executions.provider = as_of_dates.provider
            and executions.repository_id = as_of_dates.repository_id
            and executions.executed_at > as_of_dates.window_start_at
            and executions.executed_at <= as_of_dates.as_of_at
    group by all

),

-- One failure alone is a flake; forty-five together are a network outage.
evidence_discounted as (

    select
        suspicious_runs_coded.*,
        evidence_codes.evidence_family,
        cast(evidence_codes.prior_ratio as double) as prior_ratio,
        least(1.0, pow(
            greatest(
                {{ flake_parameter('together_count') }},
                {{ flake_parameter('together_ratio') }} * tests_counted_by_run.test_count
            ) / count(*) over (
                partition by
                    suspicious_runs_coded.provider, suspicious_runs_coded.repository_id,
                    suspicious_runs_coded.as_of_at, suspicious_runs_coded.run_id,
                    suspicious_runs_coded.test_config_id, evidence_codes.evidence_family
            ), 2
        )) as together_weight
    from suspicious_runs_coded
    inner join evidence_codes using (evidence_code)
    inner join tests_counted_by_run using (provider, repository_id, as_of_at, run_id, test_config_id)

),

-- What fails commit after commit without a pass between, on whatever branch, is one thing that broke and was mended.
streaks as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        test_config_id,
        failure_streak_number,
        min_by(head_sha, (occurred_at, run_id)) as incident_sha,
        least(1.0, pow(
            {{ flake_parameter('streak_commit_count') }} / cast(count(distinct head_sha) as double), 2
        )) as streak_weight
    from suspicious_runs
    group by all

),

evidence_explained as (

    select distinct
        evidence_discounted.provider,
        evidence_discounted.repository_id,
        evidence_discounted.as_of_at,
        evidence_discounted.test_id,
        evidence_discounted.test_config_id,
        evidence_discounted.run_id
    from evidence_discounted
    inner join breakages
        on
            evidence_discounted.provider = breakages.provider
            and evidence_discounted.repository_id = breakages.repository_id
            and evidence_discounted.as_of_at = breakages.as_of_at
            and evidence_discounted.test_id = breakages.test_id
            and evidence_discounted.test_config_id = breakages.test_config_id
            and evidence_discounted.occurred_at >= breakages.started_at
            and evidence_discounted.occurred_at
            <= breakages.ended_at
            + if(evidence_discounted.is_default_branch, 0, {{ flake_parameter('stale_base_days') }}) * interval 1 day
    where evidence_discounted.evidence_family <> 'real' and evidence_discounted.evidence_code <> 'E1'

),

-- Confirmed breakages of one branch are one incident, on the default branch one per three days.
balances as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        coalesce(
            sum(together_weight order by run_id, test_config_id) filter (where evidence_family = 'direct'), 0
        ) as direct_weight,
        count(distinct concat_ws(
            '|', head_branch, if(is_default_branch, floor(epoch(occurred_at) / 86400 / 3), 0)
        )) filter (where evidence_family = 'real') as real_incident_count
    from evidence_discounted
    group by all

),

evidence_weighed as (

    select
        evidence_discounted.*,
        streaks.incident_sha,
        evidence_explained.run_id is not null as is_explained,
        evidence_discounted.prior_ratio
        * evidence_discounted.together_weight
        * streaks.streak_weight
        * case
            when evidence_explained.run_id is null then 1
            when evidence_discounted.evidence_family = 'soft' then {{ flake_parameter('explained_soft_weight') }}
            else {{ flake_parameter('explained_direct_weight') }}
        end
        * case
            when evidence_discounted.evidence_family = 'soft'
                then least(
                    1.0,
                    (1 + 2 * balances.direct_weight + {{ flake_parameter('balance_count') }})
                    / (
                        1 + balances.direct_weight + balances.real_incident_count
                        + {{ flake_parameter('balance_count') }}
                    )
                )
            else 1
        end as unbounded_ratio
    from evidence_discounted
    inner join balances using (provider, repository_id, as_of_at, test_id)
    inner join streaks
        using (provider, repository_id, as_of_at, test_id, test_config_id, failure_streak_number)
    left join evidence_explained using (provider, repository_id, as_of_at, test_id, test_config_id, run_id)

),

-- Never certain: the logarithm of its complement is summed later.
evidence as (

    select
        * exclude (unbounded_ratio),
        {{ measured('least(0.99, unbounded_ratio)') }} as probability_ratio
    from evidence_weighed

)

select * from evidence
