-- One row per leg of a matrix, the most expensive one of those that never find anything alone first.
with

ranked as (

    select
        repository_id,
        workflow_name,
        matrix_name,
        job_name,
        compared_run_count,
        matrix_finding_run_count,
        finding_run_count,
        unique_find_count,
        unique_find_ratio_high,
        last_unique_find_at,
        billed_minute_count,
        list_cost_usd,
        leg_verdict,
        row_number() over (
            partition by repository_id
            order by
                leg_verdict <> 'never finds alone',
                leg_verdict = 'not enough data',
                billed_minute_count desc nulls last,
                workflow_id,
                matrix_name,
                job_name
        ) as leg_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_matrix_legs

)

select * exclude (leg_rank)
from ranked
where leg_rank <= 200
order by repository_id, leg_rank
