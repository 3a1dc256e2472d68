-- Only results whose artifact belongs to no run are left out; nothing else may fall between the models.
with

tries_judged as (

    select
        provider,
        repository_id,
        cast(sum(try_count) as bigint) as try_count
    from {{ ref('fct_test_executions') }}
    group by all

),

tries_stored as (

    select
        results.provider,
        results.repository_id,
        count(*) as try_count
    from {{ ref('stg_test_results') }} as results
    inner join {{ ref('stg_artifacts') }} as artifacts using (provider, repository_id, artifact_id)
    where artifacts.run_id is not null
    group by all

)

select tries_stored.*
from tries_stored
left join tries_judged using (provider, repository_id)
where tries_stored.try_count is distinct from tries_judged.try_count
