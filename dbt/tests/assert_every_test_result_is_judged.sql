-- Only results whose artifact belongs to no run are left out; nothing else may fall between the models. Runs are judged
-- whole: those the newest load brought something of are asked, the others were with theirs.
with

runs_of_newest_load as (

    select *
    from {{ ref('int_runs_numbered_by_load') }}
    qualify load_number = max(load_number) over ()

),

tries_judged as (

    select
        judged.provider,
        judged.repository_id,
        cast(sum(judged.try_count) as bigint) as try_count
    from {{ ref('fct_test_executions') }} as judged
    semi join runs_of_newest_load using (provider, repository_id, run_id)
    group by all

),

artifacts_of_newest_load as (

    select artifacts.*
    from {{ ref('stg_artifacts') }} as artifacts
    semi join runs_of_newest_load using (provider, repository_id, run_id)

),

tries_stored as (

    select
        results.provider,
        results.repository_id,
        count(*) as try_count
    from {{ ref('stg_test_results') }} as results
    semi join artifacts_of_newest_load using (provider, repository_id, artifact_id)
    group by all

)

select tries_stored.*
from tries_stored
left join tries_judged using (provider, repository_id)
where tries_stored.try_count is distinct from tries_judged.try_count
