with

workflows as (

    select * from {{ ref('stg_workflows') }}

),

repositories as (

    select * from {{ ref('stg_repositories') }}

),

runs as (

    select * from {{ ref('int_runs_in_context') }}

),

-- A workflow that was deleted is listed no more; its runs still name it.
workflows_of_runs as (

    select
        provider,
        repository_id,
        workflow_id,
        max_by(workflow_name, created_at) as workflow_name,
        max_by(workflow_path, created_at) as workflow_path
    from runs
    group by all

),

final as (

    select
        provider,
        repository_id,
        repositories.repository_name,
        workflow_id,
        coalesce(workflows.workflow_name, workflows_of_runs.workflow_name) as workflow_name,
        coalesce(workflows.workflow_path, workflows_of_runs.workflow_path) as workflow_path,
        coalesce(workflows.workflow_state, 'deleted') as workflow_state
    from workflows
    full join workflows_of_runs using (provider, repository_id, workflow_id)
    inner join repositories using (provider, repository_id)

)

select * from final
