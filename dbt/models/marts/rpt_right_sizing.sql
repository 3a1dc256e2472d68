with

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

resource_use as (

    select
        resource_use.*,
        repositories.as_of_at,
        epoch(resource_use.last_watched_at - resource_use.first_watched_at) / 86400 as watched_days
    from {{ ref('rpt_resource_use') }} as resource_use
    inner join repositories using (provider, repository_id)
    where resource_use.period_kind = 'last_30_days'

),

job_costs as (

    select job_costs.*
    from {{ ref('fct_job_costs') }} as job_costs
    inner join repositories using (provider, repository_id)
    where
        job_costs.is_executed
        and job_costs.started_at > repositories.window_start_at
        and job_costs.started_at <= repositories.as_of_at

),

skus as (

    select
        *,
        lag(sku_name) over ladder as smaller_sku_name,
        lead(sku_name) over ladder as larger_sku_name
    from {{ ref('runner_skus') }}
    window ladder as (partition by ladder_name order by cpu_count)

),

prices as (

    select * from {{ ref('runner_prices') }}

),

costs_of_configs as (

    select
        provider,
        repository_id,
        workflow_id,
        job_config_id,
        max_by(sku_name, started_at) as sku_name,
        cast(sum(billed_minute_count) as bigint) as billed_minute_count
    from job_costs
    group by all

),

-- What is known of the machine now, and of the next ones of its kind.
beside_other_sizes as (

    select
        resource_use.*,
        costs_of_configs.sku_name,
        costs_of_configs.billed_minute_count,
        skus.smaller_sku_name,
        skus.larger_sku_name,
        smaller.cpu_count as smaller_cpu_count,
        smaller.memory_total_bytes as smaller_memory_bytes,
        larger.cpu_count as larger_cpu_count,
        prices.minute_price_usd,
        smaller_prices.minute_price_usd as smaller_minute_price_usd,
        larger_prices.minute_price_usd as larger_minute_price_usd
    from resource_use
    left join costs_of_configs using (provider, repository_id, workflow_id, job_config_id)
    left join skus using (sku_name)
    left join skus as smaller on skus.smaller_sku_name = smaller.sku_name
    left join skus as larger on skus.larger_sku_name = larger.sku_name
    {% for alias, sku in [
        ('prices', 'costs_of_configs.sku_name'),
        ('smaller_prices', 'skus.smaller_sku_name'),
        ('larger_prices', 'skus.larger_sku_name')
    ] %}
        left join prices{{ ' as ' ~ alias if alias != 'prices' }}
            on
                {{ sku }} = {{ alias }}.sku_name
                and cast(resource_use.as_of_at as date)
                between {{ alias }}.valid_from_date and {{ alias }}.valid_to_date
    {% endfor %}

),

-- A fifth more than the most that was ever held, in steps of 256 MiB.
measured as (

    select
        *,
        cast(ceil(1.2 * memory_bytes_max / 268435456) * 268435456 as bigint) as container_memory_bytes,
        watched_job_count >= 20 and coalesce(watched_days >= 14, false) as has_enough_telemetry,
        coalesce(memory_ratio_max < 0.5 and job_cpu_ratio_p95 < 0.4, false) as is_idle,
        oom_job_count > 0
        or (near_memory_limit_job_count > 0 and near_memory_limit_job_count >= 0.05 * watched_job_count)
            as is_short_of_memory,
        coalesce(
            (network_received_bytes_mean + network_sent_bytes_mean) / nullif(execution_seconds_p50, 0) >= 10000000,
            false
        ) as is_network_busy
    from beside_other_sizes

),

ruled as (

    select
        *,
        case
            when watched_job_count = 0 then 'no_telemetry'
            when not has_enough_telemetry then 'too_little_telemetry'
            when is_short_of_memory then 'memory_up'
            when disk_used_ratio_max >= 0.85 then 'disk_full'
            when job_cpu_ratio_p50 >= 0.9 and on_critical_path_ratio > 0 then 'size_up'
            when is_idle and smaller_sku_name is null then 'idle'
            when
                is_idle
                and smaller_cpu_count < cpu_count
                and container_memory_bytes <= smaller_memory_bytes then 'size_down'
            when job_cpu_ratio_p50 < 0.25 and is_network_busy then 'not_the_processor'
            when job_cpu_ratio_p95 is null or memory_ratio_max is null then 'too_little_telemetry'
            else 'fits'
        end as sizing_rule
    from measured

),

-- A busier machine of fewer processors takes as much longer as its work could have used them all; Amdahl for more.
predicted as (

    select
        *,
        case sizing_rule
            when 'size_down' then smaller_sku_name
            when 'size_up' then larger_sku_name
            when 'memory_up' then larger_sku_name
        end as advised_sku_name,
        case
            when sizing_rule = 'size_down' and job_cpu_ratio_p95 * cpu_count <= 0.8 * smaller_cpu_count then 1
            when sizing_rule = 'memory_up' then 1
            when cpu_busy_ratio is null then null
            when sizing_rule = 'size_down' then 1 + least(1, cpu_busy_ratio) * (cpu_count / smaller_cpu_count - 1)
            when sizing_rule = 'size_up'
                then 1 - least(1, cpu_busy_ratio) + least(1, cpu_busy_ratio) * cpu_count / larger_cpu_count
        end as predicted_duration_factor
    from ruled

),

final as (

    select
        provider,
        repository_id,
        repository_name,
        workflow_id,
        workflow_name,
        job_config_id,
        job_name,
        sku_name,
        cpu_count,
        memory_total_bytes,
        sizing_rule,
        case
            when sizing_rule in ('no_telemetry', 'too_little_telemetry')
                then
                    'needs 20 jobs over 14 days with telemetry; has ' || watched_job_count || ' over '
                    || cast(floor(coalesce(watched_days, 0)) as bigint)
                    || case
                        when has_enough_telemetry and job_cpu_ratio_p95 is null
                            then
                                ', of which ' || cpu_measured_job_count
                                || ' have the 20 samples a percentile of CPU needs'
                        else ''
                    end
        end as missing_text,
        has_enough_telemetry,
        case
            when sizing_rule in ('no_telemetry', 'too_little_telemetry') then null
            when covered_ratio_mean < 0.8 then 'low'
            when watched_job_count >= 50 then 'high'
            else 'medium'
        end as confidence,
        billed_job_count,
        watched_job_count,
        covered_ratio_mean,
        job_cpu_ratio_p50,
        job_cpu_ratio_p95,
        memory_bytes_max,
        memory_ratio_max,
        near_memory_limit_job_count,
        oom_job_count,
        disk_used_ratio_max,
        on_critical_path_ratio,
        billed_minute_count,
        case when has_enough_telemetry then container_memory_bytes end as container_memory_bytes,
        advised_sku_name,
        predicted_duration_factor,
        case
            when advised_sku_name is not null
                then {{ usd(
                    'billed_minute_count * (minute_price_usd - predicted_duration_factor'
                    ' * case when advised_sku_name = smaller_sku_name then smaller_minute_price_usd'
                    ' else larger_minute_price_usd end)'
                ) }}
        end as predicted_saving_usd
    from predicted

)

select * from final
