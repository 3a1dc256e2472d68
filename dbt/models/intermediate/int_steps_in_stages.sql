with

steps as (

    select * exclude (extracted_at, load_number)
    from {{ ref('stg_steps') }}

),

rules as (

    select * from {{ ref('stage_rules') }}

),

step_names as (

    select distinct step_name from steps

),

-- Each name is asked once; of the rules that match, the first wins.
stages_of_names as (

    select
        step_names.step_name,
        min_by(rules.stage_name, rules.rule_number) as stage_name
    from step_names
    inner join rules on regexp_matches(step_names.step_name, rules.step_pattern, 'i')
    group by all

),

in_stages as (

    select
        steps.*,
        coalesce(stages_of_names.stage_name, 'other') as stage_name
    from steps
    left join stages_of_names using (step_name)

)

select * from in_stages
