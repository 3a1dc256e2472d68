with

verdicts as (

    select * from {{ ref('int_test_tries_collapsed') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

-- Files move and suites are renamed: the last report knows best.
tests as (

    select
        provider,
        repository_id,
        test_id,
        max_by(suite_name, executed_at) as suite_name,
        max_by(class_name, executed_at) as class_name,
        max_by(test_name, executed_at) as test_name,
        max_by(file_path, executed_at) as file_path,
        min(executed_at) as first_seen_at,
        max(executed_at) as last_seen_at
    from verdicts
    group by all

),

in_context as (

    select
        tests.provider,
        tests.repository_id,
        repositories.repository_name,
        tests.test_id,
        tests.suite_name,
        tests.class_name,
        tests.test_name,
        tests.file_path,
        tests.first_seen_at,
        tests.last_seen_at
    from tests
    inner join repositories using (provider, repository_id)

)

select * from in_context
