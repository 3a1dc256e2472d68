with

evaluations as (

    select
        * exclude (is_bad_evaluation),
        is_bad_evaluation as is_bad
    from {{ ref('fct_alert_evaluations') }}

),

repositories as (

    select * from {{ ref('dim_repositories') }}

),

syncs as (

    select
        provider,
        repository_id,
        list(known_until_at order by known_until_at desc) filter (where is_complete)[2] as known_before_at
    from {{ ref('stg_syncs') }}
    group by all

),

rules as (

    select *
    from {{ ref('alert_rules') }}
    where rule_name = 'duration_changed'

),

regressions as (

    select *
    from {{ ref('fct_duration_regressions') }}
    where direction = 'slower' and series_kind in ('workflow', 'job')

),

-- One clean evaluation is no recovery: what is bad again after it goes on.
evaluations_in_order as (

    select
        *,
        is_bad and not coalesce(bool_or(is_bad) over two_before, false) as is_first,
        not is_bad and coalesce(lag(not is_bad) over entity, false) as is_clear
    from evaluations
    window
        entity as (
            partition by rule_name, provider, repository_id, entity_id order by evaluated_at
        ),
        two_before as (
            partition by rule_name, provider, repository_id, entity_id
            order by evaluated_at
            rows between 2 preceding and 1 preceding
        )

),

episodes_numbered as (

    select
        *,
        count(*) filter (where is_first) over (
            partition by rule_name, provider, repository_id, entity_id order by evaluated_at
        ) as episode_number
    from evaluations_in_order

),

episodes as (

    select
        rule_name,
        provider,
        repository_id,
        entity_id,
        episode_number,
        any_value(repository_name) as repository_name,
        arg_max(workflow_name, evaluated_at) as workflow_name,
        any_value(entity_kind) as entity_kind,
        arg_max(entity_name, evaluated_at) as entity_name,
        any_value(as_of_at) as as_of_at,
        min(evaluated_at) as opened_at,
        max(evaluated_at) filter (where is_bad) as last_seen_at,
        min(evaluated_at) filter (where is_clear) as resolved_at,
        max(evaluated_at) as last_evaluated_at,
        any_value(metric_unit) as metric_unit,
        arg_max(alert_value, evaluated_at) filter (where is_bad) as alert_value,
        arg_max(threshold_value, evaluated_at) filter (where is_bad) as threshold_value,
        arg_max(severity, evaluated_at) filter (where is_bad) as severity,
        -- A null excuses nothing, and stands: arg_max() would pass over it to a failure that was excused.
        arg_max_null(digest_name, evaluated_at) filter (where is_bad) as digest_name,
        arg_max(evidence_url, evaluated_at) filter (where is_bad) as evidence_url
    from episodes_numbered
    where episode_number > 0
    group by all

),

-- A change of duration has episodes of its own; it is known when its day is over.
rules_for_regressions as (

    select
        regressions.*,
        repositories.as_of_at,
        rules.is_enabled,
        rules.severity,
        rules.metric_unit,
        rules.alert_threshold
    from regressions
    inner join repositories using (provider, repository_id)
    inner join rules
        on
            (rules.repository_name is null or regressions.repository_name = rules.repository_name)
            and (rules.workflow_name is null or regressions.workflow_name = rules.workflow_name)
    qualify row_number() over (
        partition by regressions.regression_id
        order by rules.workflow_name is not null desc, rules.repository_name is not null desc
    ) = 1

),

changes as (

    select
        'duration_changed' as rule_name,
        provider,
        repository_id,
        concat_ws('|', series_kind, series_id) as entity_id,
        1 as episode_number,
        repository_name,
        workflow_name,
        series_kind as entity_kind,
        series_name as entity_name,
        as_of_at,
        cast(detected_date + 1 as timestamptz) as opened_at,
        cast(last_detected_date + 1 as timestamptz) as last_seen_at,
        cast(ended_date + 1 as timestamptz) as resolved_at,
        as_of_at as last_evaluated_at,
        metric_unit,
        changed_seconds as alert_value,
        alert_threshold * baseline_seconds as threshold_value,
        severity,
        cast(null as varchar) as digest_name,
        evidence_url
    from rules_for_regressions
    where is_enabled and changed_seconds > alert_threshold * baseline_seconds

),

alerts as (

    select * from episodes
    union all
    select * from changes

),

final as (

    select
        md5(concat_ws(
            '|', alerts.rule_name, provider, repository_id, alerts.entity_id, epoch_ms(alerts.opened_at)
        )) as alert_id,
        provider,
        repository_id,
        alerts.repository_name,
        alerts.rule_name,
        alerts.workflow_name,
        alerts.entity_kind,
        alerts.entity_id,
        alerts.entity_name,
        if(alerts.digest_name is null, alerts.severity, 'info') as severity,
        alerts.digest_name,
        case
            when alerts.resolved_at is not null then 'resolved'
            when alerts.last_evaluated_at < alerts.as_of_at - interval 30 day then 'silent'
            else 'open'
        end as alert_state,
        alerts.opened_at,
        alerts.last_seen_at,
        alerts.resolved_at,
        alerts.alert_value,
        alerts.threshold_value,
        alerts.metric_unit,
        alerts.evidence_url,
        -- What a first sync or a backfill brings is history, not news.
        alerts.opened_at > greatest(
            least(coalesce(syncs.known_before_at, alerts.as_of_at), alerts.as_of_at - interval 1 day),
            alerts.as_of_at - interval 7 day
        ) as is_notifiable,
        alerts.as_of_at
    from alerts
    left join syncs using (provider, repository_id)

)

select * from final
