with

scores as (

    select *
    from {{ ref('int_tests_scored_for_flakiness') }}
    where test_config_id is not null

),

tests as (

    select * from {{ ref('fct_test_flakiness') }}

),

-- Shards are one configuration under several names, and a job whose labels changed was another one before: the last
-- name that a configuration had stands for it.
jobs as (

    select
        provider,
        repository_id,
        job_config_id,
        max_by(job_name, (attempt_started_at, job_id)) as job_name
    from {{ ref('int_jobs_in_context') }}
    group by all

),

in_context as (

    select
        scores.provider,
        scores.repository_id,
        tests.repository_name,
        scores.as_of_at,
        tests.is_current,
        scores.test_id,
        scores.test_config_id,
        -- Without a known job the configuration is that of an artifact, which has no name of a job.
        jobs.job_name,
        tests.class_name,
        tests.test_name,
        scores.flake_score_ratio,
        scores.flake_rate_ratio,
        scores.flake_rate_ratio_low,
        scores.flake_rate_ratio_high,
        scores.incident_count,
        scores.direct_incident_count,
        scores.execution_count,
        scores.clean_execution_count,
        scores.last_incident_at,
        tests.flakiness_class,
        tests.is_environment_specific
    from scores
    inner join tests using (provider, repository_id, as_of_at, test_id)
    left join jobs
        on
            scores.provider = jobs.provider
            and scores.repository_id = jobs.repository_id
            and scores.test_config_id = jobs.job_config_id

)

select * from in_context
