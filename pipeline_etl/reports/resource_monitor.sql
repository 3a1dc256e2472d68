-- The jobs whose resources were measured last, newest first.
select
    resources.repository_name,
    resources.workflow_name,
    resources.job_name,
    jobs.completed_at,
    jobs.execution_seconds,
    jobs.job_url,
    resources.cpu_count,
    resources.cpu_ratio_p95,
    resources.memory_bytes_max,
    resources.memory_total_bytes,
    resources.disk_used_bytes_max,
    resources.network_received_bytes,
    resources.network_sent_bytes,
    resources.sample_count,
    resources.covered_ratio
from marts.fct_job_resources as resources
inner join marts.fct_jobs as jobs using (provider, repository_id, job_id)
where resources.sample_count > 0 and ($repository_name is null or resources.repository_name = $repository_name)
order by jobs.completed_at desc nulls last, resources.job_id desc
limit $row_count
