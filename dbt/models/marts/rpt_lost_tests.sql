with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

runs as (

    select *
    from {{ ref('int_runs_in_context') }}
    where is_default_branch

),

verdicts as (

    select
        verdicts.*,
        repositories.as_of_at
    from {{ ref('int_test_tries_collapsed') }} as verdicts
    semi join runs using (provider, repository_id, run_id)
    inner join repositories using (provider, repository_id)
    where verdicts.executed_at > repositories.window_start_at and verdicts.executed_at <= repositories.as_of_at

),

scores as (

    select *
    from {{ ref('fct_test_flakiness') }}
    where is_current

),

tests_followed as (

    select
        provider,
        repository_id,
        as_of_at,
        test_id,
        max(executed_at) filter (where outcome <> 'skipped') as last_executed_at,
        max_by(message, (executed_at, execution_id)) filter (where outcome = 'skipped') as skip_message
    from verdicts
    group by all

),

skips_since as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        count(distinct verdicts.run_id) as skipped_run_count
    from verdicts
    inner join tests_followed using (provider, repository_id, test_id)
    where verdicts.outcome = 'skipped' and verdicts.executed_at > tests_followed.last_executed_at
    group by all

),

lost as (

    select
        scores.provider,
        scores.repository_id,
        scores.repository_name,
        scores.as_of_at,
        scores.test_id,
        scores.suite_name,
        scores.class_name,
        scores.test_name,
        scores.file_path,
        case when scores.flakiness_class = 'gone' then 'gone' else 'skipped' end as loss_kind,
        tests_followed.last_executed_at,
        coalesce(skips_since.skipped_run_count, 0) as skipped_run_count,
        scores.bad_execution_count,
        scores.execution_count,
        case when scores.flakiness_class <> 'gone' then tests_followed.skip_message end as message
    from scores
    inner join tests_followed using (provider, repository_id, test_id)
    left join skips_since using (provider, repository_id, test_id)
    where
        tests_followed.last_executed_at is not null
        and (
            scores.flakiness_class = 'gone'
            or skips_since.skipped_run_count >= {{ flake_parameter('missing_run_count') }}
        )

)

select * from lost
