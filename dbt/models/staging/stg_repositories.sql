with

looks as (

    select * from {{ source('raw', 'repositories') }}

),

latest_looks as (

    select *
    from looks
    qualify {{ is_latest_look() }}

),

-- A repository is looked at every night; only a new name, default branch or visibility changes what is known of its old
-- runs.
looks_before_the_change as (

    select
        looks.provider,
        looks.repository_id,
        max(looks.load_number) as load_number
    from looks
    inner join latest_looks using (provider, repository_id)
    where
        looks.repository_name <> latest_looks.repository_name
        or looks.default_branch <> latest_looks.default_branch
        or looks.is_private <> latest_looks.is_private
    group by all

),

changes as (

    select
        looks.provider,
        looks.repository_id,
        min(looks.load_number) as changed_load_number
    from looks
    left join looks_before_the_change using (provider, repository_id)
    where looks.load_number > coalesce(looks_before_the_change.load_number, 0)
    group by all

),

described as (

    select
        latest_looks.*,
        coalesce(changes.changed_load_number, latest_looks.load_number) as changed_load_number
    from latest_looks
    left join changes using (provider, repository_id)

)

select * from described
