-- One row per alert: the open ones first, the gravest among them first, then the latest.
with

ranked as (

    select
        repository_id,
        alert_id,
        alert_state,
        severity,
        rule_name,
        entity_kind,
        entity_name,
        workflow_name,
        digest_name,
        alert_value,
        threshold_value,
        metric_unit,
        opened_at,
        last_seen_at,
        resolved_at,
        is_notifiable,
        evidence_url,
        row_number() over (
            partition by repository_id
            order by
                alert_state = 'open' desc,
                list_position(['critical', 'warning', 'info'], severity),
                opened_at desc,
                alert_id
        ) as alert_rank,
        count(*) over (partition by repository_id) as matching_count
    from marts.rpt_alerts

)

select * exclude (alert_rank)
from ranked
where alert_rank <= 200
order by repository_id, alert_rank
