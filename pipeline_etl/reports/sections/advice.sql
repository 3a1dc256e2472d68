-- What is known well enough to be advised, the largest saving first; then, by kind, how much is not known yet.
with

grounded as (

    select
        repository_id,
        advice_kind,
        advice_reason,
        workflow_name,
        advised_name,
        evidence_text,
        gain_usd,
        gain_seconds,
        gain_seconds_low,
        gain_seconds_high,
        gain_bytes,
        advice_confidence,
        needed_text,
        subject_id,
        1 as thing_count
    from marts.rpt_advice
    where advice_reason <> 'not_enough_data'

),

unknown as (

    select
        repository_id,
        advice_kind,
        'not_enough_data' as advice_reason,
        workflow_name,
        case when count(*) = 1 then min(advised_name) else count(*) || ' of them' end as advised_name,
        cast(null as varchar) as evidence_text,
        cast(null as decimal(18, 6)) as gain_usd,
        cast(null as double) as gain_seconds,
        cast(null as double) as gain_seconds_low,
        cast(null as double) as gain_seconds_high,
        cast(null as bigint) as gain_bytes,
        'none' as advice_confidence,
        -- One of them stands for all: they lack the same.
        min(needed_text) as needed_text,
        min(subject_id) as subject_id,
        count(*) as thing_count
    from marts.rpt_advice
    where advice_reason = 'not_enough_data'
    group by all

),

ranked as (

    select
        *,
        row_number() over (
            partition by repository_id
            order by
                advice_reason = 'not_enough_data',
                greatest(coalesce(gain_usd, 0), 0) desc,
                gain_seconds desc nulls last,
                gain_bytes desc nulls last,
                advice_kind,
                workflow_name,
                subject_id
        ) as advice_rank,
        count(*) over (partition by repository_id) as matching_count
    from (
        select * from grounded
        union all
        select * from unknown
    )

)

select
    repository_id,
    advice_kind,
    workflow_name,
    advised_name,
    advice_reason,
    gain_usd,
    gain_seconds,
    gain_seconds_low,
    gain_seconds_high,
    gain_bytes,
    advice_confidence,
    evidence_text,
    needed_text,
    thing_count,
    matching_count
from ranked
where advice_rank <= 200
order by repository_id, advice_rank
