with

tests as (

    select * from {{ ref('fct_test_flakiness') }}

),

burdens as (

    select
        provider,
        repository_id,
        repository_name,
        as_of_at,
        is_current,
        count(*) filter (where flakiness_class not in ('gone', 'insufficient_data')) as judged_test_count,
        count(*) filter (where flakiness_class = 'flaky') as flaky_now_count,
        count(*) filter (where flakiness_class = 'suspect') as suspect_test_count,
        count(*) filter (where flakiness_class in ('broken', 'env_broken')) as broken_test_count,
        count(*) filter (where flakiness_class = 'gone') as gone_test_count
    from tests
    group by all

),

-- Every flaky test has to pass for the suite to be green.
chances as (

    select
        provider,
        repository_id,
        as_of_at,
        exp(sum(ln(1 - least(flake_rate_ratio, 0.999999)) order by test_id)) as green_ratio
    from tests
    where flakiness_class = 'flaky'
    group by all

),

final as (

    select
        burdens.*,
        case
            when burdens.judged_test_count > 0 then {{ measured('coalesce(chances.green_ratio, 1)') }}
        end as green_ratio
    from burdens
    left join chances using (provider, repository_id, as_of_at)

)

select * from final
