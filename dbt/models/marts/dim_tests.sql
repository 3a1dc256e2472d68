with

-- Read twice rather than kept: of a year it is gigabytes.
verdicts as not materialized (

    select * from {{ ref('int_test_tries_collapsed') }}

),

results as (

    select * from {{ ref('stg_test_results') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

tests as (

    select
        provider,
        repository_id,
        test_id,
        min(executed_at) as first_seen_at,
        max(executed_at) as last_seen_at
    from verdicts
    group by all

),

last_reports as (

    select
        verdicts.provider,
        verdicts.repository_id,
        verdicts.test_id,
        max(verdicts.artifact_id) as artifact_id
    from verdicts
    inner join tests
        on
            verdicts.provider = tests.provider
            and verdicts.repository_id = tests.repository_id
            and verdicts.test_id = tests.test_id
            and verdicts.executed_at = tests.last_seen_at
    group by all

),

-- Files move: the last report knows best.
names as (

    select
        results.provider,
        results.repository_id,
        results.test_id,
        min(results.suite_name) as suite_name,
        min(results.class_name) as class_name,
        min(results.test_name) as test_name,
        min(results.file_path) as file_path
    from results
    semi join last_reports using (provider, repository_id, artifact_id, test_id)
    group by all

),

in_context as (

    select
        tests.provider,
        tests.repository_id,
        repositories.repository_name,
        tests.test_id,
        names.suite_name,
        names.class_name,
        names.test_name,
        names.file_path,
        tests.first_seen_at,
        tests.last_seen_at
    from tests
    inner join names using (provider, repository_id, test_id)
    inner join repositories using (provider, repository_id)

)

select * from in_context
