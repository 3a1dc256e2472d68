with recursive

repositories as (

    select * from {{ ref('int_repositories_as_of') }}

),

attempts as (

    select * from {{ ref('fct_run_attempts') }}

),

jobs as (

    select * from {{ ref('fct_jobs') }}

),

-- Where no message is known, failures of one class in one step are of one kind: it is all that is known.
failures as (

    select
        failures.*,
        attempts.head_sha,
        attempts.created_at as run_created_at,
        repositories.as_of_at,
        coalesce(
            failures.failure_signature_id,
            md5(concat_ws('|', failures.failure_class, 'step', failures.failed_step_name))
        ) as signature_id,
        if(failures.failure_signature_id is null, null, failures.message) as signature_message
    from {{ ref('fct_failures') }} as failures
    inner join attempts using (provider, repository_id, run_id, run_attempt)
    inner join repositories using (provider, repository_id)

),

signatures as (

    select
        provider,
        failure_class,
        signature_id,
        min(completed_at) as first_seen_at,
        arg_min(signature_message, row(completed_at, job_id)) as signature_message
    from failures
    group by all

),

worded as (

    select
        *,
        {{ template_words('signature_message') }} as words
    from signatures
    where signature_message is not null

),

-- Kinds stand in the order they were first seen, whenever they were read: one history gives one set of clusters.
ordered as (

    select
        *,
        len(words) as word_count,
        list_transform(words, lambda word: hash(word)) as word_hashes,
        row_number() over (
            partition by provider, failure_class, len(words) order by first_seen_at, signature_id
        ) as place_number
    from worded

),

-- A kind joins the first leader that 70 % of its words agree with, or leads itself; later kinds never change that.
-- Where there are a hundred leaders of one class and length, messages are data, and no kind joins a later one.
led as (

    select
        provider,
        failure_class,
        word_count,
        place_number,
        signature_id,
        signature_id as leader_id,
        [struct_pack(leader_id := signature_id, word_hashes := word_hashes)] as leaders
    from ordered
    where place_number = 1
    union all
    select
        led.provider,
        led.failure_class,
        led.word_count,
        ordered.place_number,
        ordered.signature_id,
        coalesce(
            list_filter(
                led.leaders, lambda leader: {{ equal_word_ratio('leader.word_hashes', 'ordered.word_hashes') }} >= 0.7
            )[1].leader_id,
            ordered.signature_id
        ) as leader_id,
        if(
            len(led.leaders) >= 100
            or len(list_filter(
                led.leaders, lambda leader: {{ equal_word_ratio('leader.word_hashes', 'ordered.word_hashes') }} >= 0.7
            )) > 0,
            led.leaders,
            list_append(
                led.leaders, struct_pack(leader_id := ordered.signature_id, word_hashes := ordered.word_hashes)
            )
        ) as leaders
    from led
    inner join ordered
        on
            led.provider = ordered.provider
            and led.failure_class = ordered.failure_class
            and led.word_count = ordered.word_count
            and led.place_number + 1 = ordered.place_number

),

leaders as (

    select
        led.provider,
        led.failure_class,
        led.signature_id,
        led.leader_id,
        array_to_string(worded.words, ' ') as template_text
    from led
    inner join worded
        on
            led.provider = worded.provider
            and led.failure_class = worded.failure_class
            and led.leader_id = worded.signature_id

),

clustered as (

    select
        failures.*,
        md5(concat_ws(
            '|', 'v2', failures.provider, failures.failure_class, coalesce(leaders.leader_id, failures.signature_id)
        )) as failure_cluster_id,
        leaders.template_text
    from failures
    left join leaders using (provider, failure_class, signature_id)

),

spread as (

    select
        provider,
        failure_cluster_id,
        count(distinct repository_id) as repository_count
    from clustered
    group by all

),

counted as (

    select
        provider,
        repository_id,
        failure_cluster_id,
        any_value(repository_name) as repository_name,
        any_value(failure_class) as failure_class,
        any_value(is_retryable) as is_retryable,
        any_value(template_text) as template_text,
        any_value(as_of_at) as as_of_at,
        arg_max(message, row(completed_at, job_id)) as message,
        arg_max(failed_step_name, row(completed_at, job_id)) as failed_step_name,
        arg_max(evidence_url, row(completed_at, job_id)) as evidence_url,
        min(completed_at) as first_seen_at,
        max(completed_at) as last_seen_at,
        count(*) as failed_job_count,
        count(*) filter (where completed_at > as_of_at - interval 30 day) as recent_failed_job_count,
        count(distinct run_id) as failed_run_count,
        count(distinct job_config_id) as job_config_count,
        count(distinct head_branch) as branch_count,
        count(distinct signature_id) as signature_count,
        count(*) filter (where is_default_branch) > 0 as is_on_default_branch,
        count(*) filter (where not is_default_branch) > 0 as is_on_other_branches
    from clustered
    group by all

),

-- Where the default branch got it: the first run of it there, and the last run before in which the same job passed.
first_bad as (

    select
        provider,
        repository_id,
        failure_cluster_id,
        arg_min(job_config_id, row(run_created_at, job_id)) as job_config_id,
        arg_min(head_sha, row(run_created_at, job_id)) as first_bad_sha,
        min(run_created_at) as first_bad_at
    from clustered
    where is_default_branch
    group by all

),

default_branch_jobs as (

    select
        jobs.provider,
        jobs.repository_id,
        jobs.job_config_id,
        jobs.result,
        attempts.head_sha,
        attempts.run_id,
        attempts.created_at
    from jobs
    inner join attempts using (provider, repository_id, run_id, run_attempt)
    where attempts.is_default_branch and jobs.is_executed

),

last_good as (

    select
        first_bad.provider,
        first_bad.repository_id,
        first_bad.failure_cluster_id,
        arg_max(default_branch_jobs.head_sha, row(default_branch_jobs.created_at, default_branch_jobs.run_id))
            as last_good_sha,
        max(default_branch_jobs.created_at) as last_good_at
    from first_bad
    inner join default_branch_jobs using (provider, repository_id, job_config_id)
    where
        default_branch_jobs.result = 'success'
        and default_branch_jobs.created_at < first_bad.first_bad_at
        and default_branch_jobs.head_sha <> first_bad.first_bad_sha
    group by all

),

suspects as (

    select
        first_bad.provider,
        first_bad.repository_id,
        first_bad.failure_cluster_id,
        count(distinct attempts.head_sha) as suspect_commit_count
    from first_bad
    inner join last_good using (provider, repository_id, failure_cluster_id)
    inner join attempts using (provider, repository_id)
    where
        attempts.is_default_branch
        and attempts.created_at > last_good.last_good_at
        and attempts.created_at <= first_bad.first_bad_at
        and attempts.head_sha <> last_good.last_good_sha
    group by all

),

final as (

    select
        provider,
        repository_id,
        counted.repository_name,
        failure_cluster_id,
        'v2' as cluster_algorithm_name,
        counted.failure_class,
        counted.is_retryable,
        counted.template_text,
        counted.message,
        counted.failed_step_name,
        counted.first_seen_at,
        counted.last_seen_at,
        counted.first_seen_at > counted.as_of_at - interval 1 day as is_new,
        counted.failed_job_count,
        counted.recent_failed_job_count,
        counted.failed_run_count,
        counted.job_config_count,
        counted.branch_count,
        counted.signature_count,
        spread.repository_count,
        counted.is_on_default_branch,
        counted.is_on_other_branches,
        last_good.last_good_sha,
        first_bad.first_bad_sha,
        suspects.suspect_commit_count,
        counted.evidence_url
    from counted
    inner join spread using (provider, failure_cluster_id)
    left join first_bad using (provider, repository_id, failure_cluster_id)
    left join last_good using (provider, repository_id, failure_cluster_id)
    left join suspects using (provider, repository_id, failure_cluster_id)

)

select * from final
