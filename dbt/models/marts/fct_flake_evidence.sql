with

evidence as (

    select * from {{ ref('int_flake_evidence_classified') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

jobs as (

    select * from {{ ref('int_jobs_in_context') }}

),

in_context as (

    select
        evidence.provider,
        evidence.repository_id,
        runs.repository_name,
        evidence.as_of_at,
        evidence.test_id,
        evidence.test_config_id,
        evidence.job_config_id,
        evidence.run_id,
        evidence.head_sha,
        evidence.head_branch,
        evidence.evidence_code,
        evidence.evidence_family,
        evidence.is_explained,
        evidence.probability_ratio,
        runs.run_url,
        jobs.job_url,
        evidence.occurred_at,
        evidence.message
    from evidence
    inner join runs using (provider, repository_id, run_id)
    left join jobs
        on
            evidence.provider = jobs.provider
            and evidence.repository_id = jobs.repository_id
            and evidence.bad_job_id = jobs.job_id

)

select * from in_context
