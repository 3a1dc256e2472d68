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

evidence as (

    select *
    from {{ ref('int_flake_evidence_classified') }}
    {{ of_touched_as_of_dates() }}

),

tests_counted as (

    select * from {{ ref('int_tests_counted_in_windows') }}

),

-- Everything is scored twice: over all configurations of a test (scored_config_id is null) and in each of them.
evidence_by_scope as (

    select
        *,
        cast(null as varchar) as scored_config_id
    from evidence
    union all
    select
        *,
        test_config_id as scored_config_id
    from evidence

),

exposures as (

    select
        *,
        cast(null as varchar) as scored_config_id
    from test_runs
    union all
    select
        *,
        test_config_id as scored_config_id
    from test_runs

),

-- Legs of a matrix that fail together on one commit are one incident, and so are commits failing in one streak.
incidents as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        scored_config_id,
        incident_sha,
        max(occurred_at) as occurred_at,
        max(probability_ratio) as probability_ratio,
        bool_or(evidence_family = 'direct') as is_direct
    from evidence_by_scope
    group by all

),

-- Summed in order: doubles added in another one differ in their last bit, and a nightly run from a full refresh.
incidents_summed as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        scored_config_id,
        sum(probability_ratio order by incident_sha) as effective_incidents,
        sum(probability_ratio * {{ decay('occurred_at', 'as_of_at') }} order by incident_sha) as decayed_incidents,
        sum(ln(1 - probability_ratio) * {{ decay('occurred_at', 'as_of_at') }} order by incident_sha)
            as decayed_log_complement,
        count(*) filter (where probability_ratio >= {{ flake_parameter('incident_ratio') }}) as incident_count,
        count(*) filter (where is_direct) as direct_incident_count,
        max(occurred_at) filter (where probability_ratio >= {{ flake_parameter('incident_ratio') }})
            as last_incident_at
    from incidents
    group by all

),

exposures_summed as (

    select
        incidents_summed.*,
        any_value(exposures.load_number) as load_number,
        sum(exposures.execution_count) as execution_count,
        sum(
            exposures.execution_count * {{ decay('exposures.occurred_at', 'exposures.as_of_at') }}
            order by exposures.occurred_at, exposures.run_id, exposures.test_config_id
        ) as decayed_execution_count,
        coalesce(sum(exposures.execution_count) filter (
            where exposures.occurred_at > incidents_summed.last_incident_at
        ), 0) as clean_execution_count,
        max(exposures.occurred_at) as last_seen_at
    from exposures
    inner join incidents_summed
        on
            exposures.provider = incidents_summed.provider
            and exposures.repository_id = incidents_summed.repository_id
            and exposures.as_of_at = incidents_summed.as_of_at
            and exposures.test_id = incidents_summed.test_id
            and exposures.scored_config_id is not distinct from incidents_summed.scored_config_id
    group by all

),

windows_counted as (

    select
        provider,
        repository_id,
        as_of_at,
        count(*) as test_count,
        sum(execution_count) as execution_count
    from tests_counted
    group by all

),

one_off_incidents_counted as (

    select
        provider,
        repository_id,
        as_of_at,
        count(*) filter (where effective_incidents between 0.4 and 1.4) as one_off_count
    from incidents_summed
    where scored_config_id is null
    group by all

),

-- What one odd failure means depends on how common they are: where a hundred tests had one, it was the machines.
backgrounds as (

    select
        windows_counted.provider,
        windows_counted.repository_id,
        windows_counted.as_of_at,
        case
            when
                windows_counted.execution_count < {{ flake_parameter('background_execution_count') }}
                or windows_counted.test_count < {{ flake_parameter('background_test_count') }}
                then {{ flake_parameter('background_ratio') }}
            else greatest(
                {{ flake_parameter('background_floor_ratio') }},
                coalesce(one_off_incidents_counted.one_off_count, 0) / windows_counted.execution_count
            )
        end as background_ratio
    from windows_counted
    left join one_off_incidents_counted using (provider, repository_id, as_of_at)

),

tests_against_backgrounds as (

    select
        exposures_summed.*,
        backgrounds.background_ratio
    from exposures_summed
    inner join backgrounds using (provider, repository_id, as_of_at)

),

-- Flaky (rates Gamma distributed over tests) against background (Poisson), as the logarithm of their Bayes factor.
likelihoods as (

    select
        *,
        lgamma(effective_incidents + {{ flake_parameter('gamma_shape') }})
        - lgamma({{ flake_parameter('gamma_shape') }})
        + {{ flake_parameter('gamma_shape') }} * ln({{ flake_parameter('gamma_rate') }})
        - (effective_incidents + {{ flake_parameter('gamma_shape') }})
        * ln({{ flake_parameter('gamma_rate') }} + execution_count)
        - effective_incidents * ln(background_ratio)
        + background_ratio * execution_count as log_bayes_factor,
        pow(
            (execution_count - clean_execution_count + {{ flake_parameter('survival_execution_count') }})
            / (execution_count + {{ flake_parameter('survival_execution_count') }}),
            effective_incidents + {{ flake_parameter('survival_shape') }}
        ) as survival_likelihood
    from tests_against_backgrounds

),

-- exp() of more than 30 adds nothing but an overflow.
probabilities as (

    select
        *,
        (1 - exp(-4 * effective_incidents))
        / (
            1 + exp(
                ln((1 - {{ flake_parameter('prior_ratio') }}) / {{ flake_parameter('prior_ratio') }})
                - least(log_bayes_factor, 30)
            )
        ) as ever_flaky_ratio,
        (1 - {{ flake_parameter('fixed_ratio') }}) * survival_likelihood
        / ((1 - {{ flake_parameter('fixed_ratio') }}) * survival_likelihood + {{ flake_parameter('fixed_ratio') }})
            as still_flaky_ratio,
        1 - exp(decayed_log_complement) as noisy_or_ratio,
        decayed_incidents + {{ flake_parameter('rate_alpha') }} as rate_alpha,
        decayed_execution_count - decayed_incidents + {{ flake_parameter('rate_beta') }} as rate_beta
    from likelihoods

),

scores as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        scored_config_id as test_config_id,
        {{ measured('ever_flaky_ratio * still_flaky_ratio') }} as flake_score_ratio,
        {{ measured('ever_flaky_ratio') }} as ever_flaky_ratio,
        {{ measured('still_flaky_ratio') }} as still_flaky_ratio,
        {{ measured('noisy_or_ratio') }} as noisy_or_ratio,
        {{ measured('rate_alpha / (rate_alpha + rate_beta)') }} as flake_rate_ratio,
        {{ measured('rate_alpha') }} as rate_alpha,
        {{ measured('rate_beta') }} as rate_beta,
        -- Below half an incident the closed form is no quantile any more.
        case when rate_alpha >= 0.5 then {{ measured(beta_quantile('rate_alpha', 'rate_beta', -1.6449)) }} end
            as flake_rate_ratio_low,
        case when rate_alpha >= 0.5 then {{ measured(beta_quantile('rate_alpha', 'rate_beta', 1.6449)) }} end
            as flake_rate_ratio_high,
        {{ measured('effective_incidents') }} as effective_incidents,
        incident_count,
        direct_incident_count,
        cast(execution_count as bigint) as execution_count,
        cast(clean_execution_count as bigint) as clean_execution_count,
        last_incident_at,
        last_seen_at,
        background_ratio,
        load_number
    from probabilities

)

select * from scores
