-- One row per test that ran and does no more, those that had failed before first.
with

ranked as (

    select
        repository_id,
        concat_ws('::', nullif(class_name, ''), test_name) as full_test_name,
        suite_name,
        file_path,
        loss_kind,
        last_executed_at,
        skipped_run_count,
        bad_execution_count,
        execution_count,
        message,
        test_id,
        row_number() over (
            partition by repository_id
            order by bad_execution_count desc nulls last, last_executed_at desc, class_name, test_name, test_id
        ) as test_rank,
        count(*) over (partition by repository_id) as matching_count,
        count(*) over (partition by repository_id) as lost_test_count,
        count(*) filter (where loss_kind = 'gone') over (partition by repository_id) as lost_gone_count
    from marts.rpt_lost_tests

)

select
    repository_id,
    full_test_name,
    loss_kind,
    last_executed_at,
    skipped_run_count,
    bad_execution_count,
    execution_count,
    message,
    suite_name,
    file_path,
    lost_test_count,
    lost_gone_count,
    test_id,
    matching_count
from ranked
where test_rank <= 400
order by repository_id, test_rank
