"""What the service says of repositories, workflows, runs, jobs and steps."""

from pipeline_etl.contracts.columns import flag, instant, seconds, size, text, texts, whole, word
from pipeline_etl.contracts.tables._base import Stored
from pipeline_etl.contracts.vocabulary import AnnotationLevel, Result, RunStatus


class Repositories(Stored):
    """One row per repository."""

    repository_name = text("Owner and name, as in owner/name, at the time it was read.")
    default_branch = text("Branch that pull requests are merged into.")
    is_private = flag("Whether only members can see the repository.")
    repository_url = text("Address of the repository's page.")
    is_recorded_archive = flag("Whether the answers came from a recorded archive and not from a live service.")
    archive_note = text("What in a recorded archive is real and what is reconstructed, as Markdown.", nullable=True)


class Workflows(Stored):
    """One row per workflow."""

    workflow_id = whole("Identifier of the workflow.", key=True)
    workflow_name = text("Name of the workflow.")
    workflow_path = text("Path of the workflow file in the repository; dynamic/… has no file.")
    workflow_state = text("Whether the service runs it, in the service's words (active, disabled_manually, …).")
    created_at = instant("When the thing was created at the service.")
    updated_at = instant("When the service last changed the record; never an end time.")


class WorkflowFileVersions(Stored):
    """One row per workflow file and commit it was run at."""

    workflow_path = text("Path of the workflow file in the repository; dynamic/… has no file.", key=True)
    head_sha = text("Commit the run was made for.", key=True)
    workflow_file_id = text("SHA-256 of the content of the workflow file.")


class WorkflowFiles(Stored):
    """One row per workflow file and content it had."""

    workflow_path = text("Path of the workflow file in the repository; dynamic/… has no file.", key=True)
    workflow_file_id = text("SHA-256 of the content of the workflow file.", key=True)
    content_text = text("Content of the file.")
    is_redacted = flag("Whether something in it looked like a secret or an address and was blacked out.")


class WorkflowJobs(Stored):
    """One row per job declared in one version of a workflow file."""

    workflow_path = text("Path of the workflow file in the repository; dynamic/… has no file.", key=True)
    workflow_file_id = text("SHA-256 of the content of the workflow file.", key=True)
    workflow_job_key = text("Key of the job under `jobs:`.", key=True)
    job_name_template = text("Value of `name:` with its expressions, or the key when it has none.")
    needs = texts("Keys of the jobs this one waits for; empty for none.")
    runner_labels = texts("Labels of `runs-on`, expressions kept as they are written; empty when not stated.")
    runner_group = text("Group of `runs-on`.", nullable=True)
    matrix_json = text("`strategy.matrix` as JSON; null without a matrix.", nullable=True)
    max_parallel_count = whole("`strategy.max-parallel`.", nullable=True)
    timeout_seconds = seconds(
        "`timeout-minutes` in seconds; null when it is not stated or is an expression.", nullable=True
    )
    concurrency_group = text("`concurrency` group of the job.", nullable=True)
    environment_name = text("`environment` the job deploys to.", nullable=True)
    condition = text("`if:` of the job.", nullable=True)
    reusable_workflow = text("`uses:` of a job that calls a reusable workflow.", nullable=True)
    is_continue_on_error = flag("Whether `continue-on-error` is true for the job.")
    step_count = whole("Number of steps.")


class RunAttempts(Stored):
    """One row per attempt of a run."""

    run_id = whole("Identifier of the run; all its attempts share it.", key=True)
    run_attempt = whole("Ordinal of the attempt, from 1.", key=True)
    run_number = whole("Ordinal of the run within its workflow.")
    workflow_id = whole("Identifier of the workflow.")
    workflow_name = text("Name of the workflow.")
    workflow_path = text("Path of the workflow file in the repository; dynamic/… has no file.")
    event = text("What triggered the run (push, pull_request, schedule, …).")
    head_branch = text("Branch the run was made for.", nullable=True)
    head_sha = text("Commit the run was made for.")
    head_repository_name = text("Repository the commit came from; null when a fork was deleted.", nullable=True)
    display_title = text("Title shown for the run.")
    actor_id = text("Keyed hash of the account that started the first attempt; never the name.", nullable=True)
    triggering_actor_id = text("Keyed hash of the account that started this attempt; never the name.", nullable=True)
    status = word(RunStatus, "Where it stands.")
    result = word(
        Result, "How it ended; null while it runs, and when the ending is neither pass nor fail.", nullable=True
    )
    provider_status = text("Status in the service's own word.", nullable=True)
    provider_result = text("Ending in the service's own word.", nullable=True)
    created_at = instant("When the thing was created at the service.")
    run_started_at = instant("When this attempt started.")
    updated_at = instant("When the service last changed the record; never an end time.")
    run_url = text("Address of the run's page.")
    pull_request_number = whole("Pull request of the run; null for none, several, or a fork's.", nullable=True)
    is_merge_queue = flag("Whether a merge queue made the run.")


class Jobs(Stored):
    """One row per job of an attempt, as the service lists it; jobs carried over into a partial re-run included."""

    job_id = whole("Identifier of the job; unique over attempts.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.")
    run_attempt = whole("Ordinal of the attempt, from 1.")
    job_name = text("Name of the job, matrix values included.")
    workflow_name = text("Name of the workflow.", nullable=True)
    head_branch = text("Branch the run was made for.", nullable=True)
    head_sha = text("Commit the run was made for.")
    status = word(RunStatus, "Where it stands.")
    result = word(
        Result, "How it ended; null while it runs, and when the ending is neither pass nor fail.", nullable=True
    )
    provider_status = text("Status in the service's own word.", nullable=True)
    provider_result = text("Ending in the service's own word.", nullable=True)
    created_at = instant("When the thing was created at the service.", nullable=True)
    started_at = instant("When it started; for a job, when a runner took it; null if none did.", nullable=True)
    completed_at = instant("When it ended; null while it runs.", nullable=True)
    runner_id = whole(
        "Identifier of the runner; null when none took the job or the service does not say.", nullable=True
    )
    runner_name = text("Name of the runner.", nullable=True)
    runner_group_name = text("Group of the runner.", nullable=True)
    runner_labels = texts("Labels of `runs-on`, expressions kept as they are written; empty when not stated.")
    job_url = text("Address of the job's page.", nullable=True)
    step_count = whole("Number of steps.")


class Steps(Stored):
    """One row per step of a job."""

    job_id = whole("Identifier of the job; unique over attempts.", key=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.")
    run_attempt = whole("Ordinal of the attempt, from 1.")
    step_name = text("Name of the step.")
    status = word(RunStatus, "Where it stands.")
    result = word(
        Result, "How it ended; null while it runs, and when the ending is neither pass nor fail.", nullable=True
    )
    provider_result = text("Ending in the service's own word.", nullable=True)
    started_at = instant("When it started; for a job, when a runner took it; null if none did.", nullable=True)
    completed_at = instant("When it ended; null while it runs.", nullable=True)


class Annotations(Stored):
    """One row per annotation of a job."""

    job_id = whole("Identifier of the job; unique over attempts.", key=True)
    annotation_number = whole("Ordinal of the annotation within its job, from 1.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.")
    run_attempt = whole("Ordinal of the attempt, from 1.")
    level = word(AnnotationLevel, "Severity.")
    title = text("Title of the annotation.", nullable=True)
    message = text("What it says.", nullable=True)
    file_path = text("File concerned, relative to the repository where the producer says so.", nullable=True)
    start_line = whole("First line it points at.", nullable=True)


class Artifacts(Stored):
    """One row per artifact the service lists."""

    artifact_id = whole("Identifier of the artifact.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.", nullable=True)
    artifact_name = text("Name of the artifact; it repeats over attempts.")
    artifact_bytes = size("Size of the artifact's archive.")
    digest = text("Digest the service gives, as sha256:…; null for old artifacts.", nullable=True)
    is_expired = flag("Whether the service has deleted the content.")
    created_at = instant("When the thing was created at the service.", nullable=True)
    expires_at = instant("When the service deletes it.", nullable=True)
    head_branch = text("Branch the run was made for.", nullable=True)
    head_sha = text("Commit the run was made for.", nullable=True)


class CacheEntries(Stored):
    """One row per cache entry and look at the list of caches."""

    snapshot_at = instant("Moment the list of caches is true for.", key=True)
    cache_id = whole("Identifier of the cache entry.", key=True)
    cache_key = text("Key of the entry.")
    cache_version = text("Hash of paths and compression; entries of another version are not found.")
    ref = text("Git reference whose runs may read the entry.")
    cache_bytes = size("Size of the entry.")
    created_at = instant("When the thing was created at the service.", nullable=True)
    last_accessed_at = instant("When the entry was last restored.", nullable=True)
