"""What is read out of job logs."""

from pipeline_etl.contracts.columns import flag, instant, seconds, size, text, whole, word
from pipeline_etl.contracts.tables._base import Stored
from pipeline_etl.contracts.vocabulary import CacheOperation, CacheOutcome, Confidence, FailureClass


class OfJob(Stored):
    """A row that belongs to a job."""

    job_id = whole("Identifier of the job; unique over attempts.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.")
    run_attempt = whole("Ordinal of the attempt, from 1.")


class JobLogs(OfJob):
    """One row per job log that was read; its other rows carry the same extracted_at."""

    line_count = whole("Number of lines stored.")
    log_bytes = size("Size of the log as the service gave it.")
    redaction_count = whole("Number of places where something that looks like a secret was blacked out.")
    truncated_line_count = whole("Number of lines cut because they were longer than the limit.")
    first_line_at = instant("Time of the first line that has one.", nullable=True)
    last_line_at = instant("Time of the last line that has one.", nullable=True)


class LogLines(OfJob):
    """One row per line of a job log."""

    line_number = whole("Ordinal of the line in the log, from 1.", key=True)
    logged_at = instant("Time of the line; that of the line before where it has none.", nullable=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    line_text = text("The line without its time, control sequences removed, redacted.")


class CacheOperations(OfJob):
    """One row per cache lookup or save that a log tells of."""

    line_number = whole("Ordinal of the line in the log, from 1.", key=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    operation = word(CacheOperation, "What was done with the cache.")
    cache_outcome = word(CacheOutcome, "How it ended.")
    cache_tool = text("Action or program that did it, as in actions/cache or setup-node.")
    requested_key = text("Key that was asked for or saved.", nullable=True)
    restored_key = text("Key of the entry that was restored.", nullable=True)
    cache_bytes = size("Size of the entry.", nullable=True)
    started_at = instant("When it started; for a job, when a runner took it; null if none did.", nullable=True)
    completed_at = instant("When it ended; null while it runs.", nullable=True)
    message = text("What it says.", nullable=True)


class BuildCacheSummaries(OfJob):
    """One row per summary of a build's own cache that a log tells of: of layers, objects, tasks, actions or tests."""

    line_number = whole("Ordinal of the line in the log, from 1.", key=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    cache_tool = text("Action or program that did it, as in actions/cache or setup-node.")
    hit_count = whole("Number of lookups that found what they looked for; null if the cache may be off.", nullable=True)
    lookup_count = whole("Number of lookups: what was found and what had to be made.")
    logged_at = instant("Time of the line; that of the line before where it has none.", nullable=True)


class DependencyInstalls(OfJob):
    """One row per dependency installation that a log tells of."""

    line_number = whole("Ordinal of the line in the log, from 1.", key=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    install_tool = text("Package manager, as in pip or npm.")
    started_at = instant("When it started; for a job, when a runner took it; null if none did.", nullable=True)
    completed_at = instant("When it ended; null while it runs.", nullable=True)
    install_seconds = seconds("Duration as the tool says it, else from its first to its last line.", nullable=True)
    package_count = whole("Number of packages installed.", nullable=True)
    downloaded_count = whole("Number of packages downloaded.", nullable=True)
    cached_count = whole("Number of packages taken from a cache.", nullable=True)


class LogFindings(OfJob):
    """One row per job whose log shows why it failed: the first error of the most fundamental class."""

    failure_class = word(FailureClass, "Cause of the failure.")
    failure_subclass = text("Finer cause within the class.", nullable=True)
    confidence = word(Confidence, "How sure the statement is.")
    rule_name = text("Rule that matched.")
    line_number = whole("Ordinal of the line in the log, from 1.", nullable=True)
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    step_line_number = whole(
        "Ordinal of the line in the log of its step, from 1; null where steps are not known.", nullable=True
    )
    line_url = text("Address of the line at the service.", nullable=True)
    message = text("What it says.", nullable=True)
    failure_signature_id = text(
        "Hash of class, masked message and place in the code; equal for failures of one kind.", nullable=True
    )
    is_retryable = flag("Whether the same code may pass when it is run again.")


class ArtifactUploads(OfJob):
    """One row per artifact that a job's log says it uploaded: ties an artifact to the job that made it."""

    artifact_id = whole("Identifier of the artifact.", key=True)
    line_number = whole("Ordinal of the line in the log, from 1.")
    step_number = whole("Ordinal of the step in its job; it has gaps.", nullable=True)
    artifact_name = text("Name of the artifact; it repeats over attempts.", nullable=True)
    artifact_bytes = size("Size of the artifact's archive.", nullable=True)
    uploaded_at = instant("Time of the line that says so.", nullable=True)
