with

repositories as (

    select * from {{ ref('stg_repositories') }}

),

moments as (

    select * from {{ ref('int_repositories_as_of') }}

),

-- What the service said at the end of the last sync that reached its end.
limits as (

    select *
    from {{ ref('stg_syncs') }}
    qualify row_number() over (partition by provider, repository_id order by extracted_at desc, load_number desc) = 1

),

runs as (

    select
        provider,
        repository_id,
        min(created_at) as first_run_at,
        max(created_at) as last_run_at,
        count(*) as run_count
    from {{ ref('int_runs_in_context') }}
    group by all

),

final as (

    select
        repositories.provider,
        repositories.repository_id,
        repositories.repository_name,
        repositories.default_branch,
        repositories.is_private,
        repositories.is_recorded_archive,
        repositories.archive_note,
        repositories.repository_url,
        moments.as_of_at,
        runs.first_run_at,
        runs.last_run_at,
        coalesce(runs.run_count, 0) as run_count,
        limits.budget_count,
        limits.budget_left_count,
        limits.budget_resets_at,
        limits.token_expires_at
    from repositories
    left join moments using (provider, repository_id)
    left join limits using (provider, repository_id)
    left join runs using (provider, repository_id)

)

select * from final
