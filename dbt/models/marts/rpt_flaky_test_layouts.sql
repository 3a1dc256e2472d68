with

suspects as (

    {{ flake_suspects() }}

),

executions as (

    select *
    from {{ ref('int_test_executions_judged') }}
    where not is_mass_failure

),

-- Shards of a suite are the jobs of a run that differ by their ordinal alone; a re-run does not add any.
layouts as (

    select
        provider,
        repository_id,
        run_id,
        job_config_id as test_config_id,
        count(distinct job_name) as layout_shard_count
    from {{ ref('int_jobs_in_context') }}
    group by all

),

verdicts as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        verdicts.test_config_id,
        verdicts.run_id,
        layouts.layout_shard_count,
        verdicts.outcome
    from {{ ref('int_test_tries_collapsed') }} as verdicts
    semi join executions using (provider, repository_id, execution_id)
    inner join suspects
        on
            verdicts.provider = suspects.provider
            and verdicts.repository_id = suspects.repository_id
            and verdicts.test_id = suspects.test_id
            and verdicts.executed_at > suspects.as_of_at - interval {{ flake_parameter('onset_window_days') }} day
            and verdicts.executed_at <= suspects.as_of_at
    inner join layouts
        on
            verdicts.provider = layouts.provider
            and verdicts.repository_id = layouts.repository_id
            and verdicts.run_id = layouts.run_id
            and verdicts.test_config_id = layouts.test_config_id
    where verdicts.outcome <> 'skipped'

),

-- What was said of a run last: its neighbours were known by then.
evidence as (

    select
        provider,
        repository_id,
        test_id,
        judgements.test_config_id,
        judgements.run_id,
        arg_max(judgements.evidence_family, judgements.as_of_at) = 'direct' as is_direct,
        arg_max(judgements.probability_ratio, judgements.as_of_at) >= {{ flake_parameter('incident_ratio') }}
            as is_incident
    from {{ ref('fct_flake_evidence') }} as judgements
    semi join suspects using (provider, repository_id, test_id)
    group by all

),

counted as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        verdicts.test_config_id,
        verdicts.layout_shard_count,
        count(*) as execution_count,
        count(*) filter (where verdicts.outcome <> 'passed' and coalesce(evidence.is_incident, false)) as flake_count,
        count(distinct verdicts.run_id) filter (where evidence.is_incident and evidence.is_direct) as direct_run_count
    from verdicts
    left join evidence using (provider, repository_id, test_id, test_config_id, run_id)
    group by all

),

compared as (

    select
        *,
        count(*) over config as layout_count,
        count(*) filter (where flake_count > 0) over config as flaky_layout_count,
        max(direct_run_count) over config as direct_run_count_max,
        max(flake_count / execution_count) over config as flake_ratio_max,
        sum(if(flake_count = 0, execution_count, 0)) over config as clean_execution_count
    from counted
    window config as (partition by provider, repository_id, test_id, test_config_id)

),

-- The layouts without a flake must have had their chance: so many executions that its rate would have shown one.
final as (

    select
        compared.provider,
        compared.repository_id,
        suspects.repository_name,
        suspects.as_of_at,
        compared.test_id,
        suspects.test_name,
        compared.test_config_id,
        compared.layout_shard_count,
        compared.execution_count as layout_execution_count,
        compared.flake_count as layout_flake_count,
        compared.direct_run_count,
        case
            when compared.layout_count > 1
                then
                    compared.flaky_layout_count = 1
                    and compared.direct_run_count_max >= 2
                    and compared.clean_execution_count >= {{ clean_runs_needed('compared.flake_ratio_max') }}
        end as is_shard_dependent
    from compared
    inner join suspects using (provider, repository_id, test_id)

)

select * from final
