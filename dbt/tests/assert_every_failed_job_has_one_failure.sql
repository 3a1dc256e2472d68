-- Two models say which jobs failed; they must mean the same ones.
with

failed_jobs as (

    select
        provider,
        repository_id,
        job_id
    from {{ ref('fct_jobs') }}
    where is_executed and is_failure_like

),

failures as (

    select
        provider,
        repository_id,
        job_id
    from {{ ref('fct_failures') }}

),

failed_jobs_without_failure as (

    select failed_jobs.*
    from failed_jobs
    anti join failures using (provider, repository_id, job_id)

),

failures_without_failed_job as (

    select failures.*
    from failures
    anti join failed_jobs using (provider, repository_id, job_id)

)

select * from failed_jobs_without_failure
union all
select * from failures_without_failed_job
