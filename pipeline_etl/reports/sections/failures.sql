-- One row per cluster of failures: those of the last 30 days first, the most frequent among them first.
with

ranked as (

    select
        repository_id,
        failure_class,
        coalesce(template_text, failed_step_name) as cluster_title,
        template_text is not null as has_message,
        message,
        is_retryable,
        is_new,
        first_seen_at,
        last_seen_at,
        failed_job_count,
        recent_failed_job_count,
        failed_run_count,
        branch_count,
        repository_count,
        is_on_default_branch,
        is_on_other_branches,
        last_good_sha,
        first_bad_sha,
        suspect_commit_count,
        evidence_url,
        row_number() over (
            partition by repository_id
            order by recent_failed_job_count desc, failed_job_count desc, failure_cluster_id
        ) as cluster_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.fct_failure_clusters

)

select * exclude (cluster_rank)
from ranked
where cluster_rank <= 100
order by repository_id, cluster_rank
