with

-- Beyond doubt either way there is nothing to find out; what is broken needs no second try.
doubtful_tests as (

    select *
    from {{ ref('fct_test_flakiness') }}
    where
        is_current
        and flakiness_class not in ('gone', 'broken', 'env_broken')
        and flake_score_ratio between 0.05 and 0.95

),

with_budget as (

    select
        provider,
        repository_id,
        repository_name,
        as_of_at,
        test_id,
        suite_name,
        class_name,
        test_name,
        file_path,
        flakiness_class,
        flake_score_ratio,
        flake_rate_ratio,
        flake_rate_ratio_high,
        incident_count,
        execution_count,
        flake_score_ratio * (1 - flake_score_ratio) * flake_rate_ratio * execution_count as worth,
        -- Without an upper end of its rate nothing says where to stop but the limit.
        least(
            {{ flake_parameter('verification_execution_count') }},
            coalesce(
                {{ clean_runs_needed('flake_rate_ratio_high') }}, {{ flake_parameter('verification_execution_count') }}
            )
        ) as rerun_budget_count,
        evidence_url
    from doubtful_tests

),

ranked as (

    select
        * exclude (worth),
        row_number() over (
            partition by provider, repository_id
            order by worth desc, test_id asc
        ) as verification_number
    from with_budget

)

select * from ranked
