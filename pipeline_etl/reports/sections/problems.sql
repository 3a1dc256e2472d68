-- One row per kind of extraction problem, with one example.
with

kinds as (

    select
        repository_id,
        problem_kind,
        item_kind,
        advice,
        count(*) as problem_count,
        min(occurred_at) as first_occurred_at,
        max(occurred_at) as last_occurred_at,
        arg_min(message, {'at': occurred_at, 'item': item_id, 'text': message}) as example_message,
        arg_min(file_path, {'at': occurred_at, 'item': item_id, 'text': message}) as example_file_path
    from marts.rpt_extraction_problems
    group by repository_id, problem_kind, item_kind, advice

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id order by problem_count desc, problem_kind, item_kind, advice
        ) as problem_rank,
        count(*) over (partition by repository_id) as matching_count
    from kinds

)

select
    repository_id,
    problem_kind,
    item_kind,
    problem_count,
    example_message,
    example_file_path,
    advice,
    first_occurred_at,
    last_occurred_at,
    matching_count
from ranked
where problem_rank <= 100
order by repository_id, problem_rank
