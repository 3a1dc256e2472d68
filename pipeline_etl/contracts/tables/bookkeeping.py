"""What the extraction says of itself: the ledger, the problems, the untouched answers."""

from pipeline_etl.contracts.columns import flag, instant, text, whole, word
from pipeline_etl.contracts.tables._base import Stored
from pipeline_etl.contracts.vocabulary import ItemKind, ItemState


class Syncs(Stored):
    """One row per sync of a repository that reached its end."""

    sync_id = text("Identifier of the sync.", key=True)
    started_at = instant("When it started; for a job, when a runner took it; null if none did.")
    window_start_at = instant(
        "Runs created from here on were asked for; null for all the service remembers.", nullable=True
    )
    known_until_at = instant("Moment up to which the repository is known.")
    is_complete = flag("Whether every page of every list was read.")
    request_count = whole("Number of requests sent to the service.")
    budget_count = whole("Requests the service grants at a time; null when it does not say.", nullable=True)
    budget_left_count = whole("Requests of those that could still be sent at the end of the sync.", nullable=True)
    budget_resets_at = instant("When the service grants requests anew.", nullable=True)
    token_expires_at = instant(
        "When the token ceases to be good; null when it never does, is renewed, or the service does not say.",
        nullable=True,
    )


class LedgerEntries(Stored):
    """One row per thing the service said exists and each look at it; the latest look stands."""

    item_kind = word(ItemKind, "Kind of thing.", key=True)
    item_id = text(
        "Identifier of the thing within its kind; run_id/run_attempt, job_id, artifact_id, path@sha.", key=True
    )
    state = word(ItemState, "What became of it.")
    run_id = whole("Identifier of the run; all its attempts share it.", nullable=True)
    run_attempt = whole("Ordinal of the attempt, from 1.", nullable=True)
    job_id = whole("Identifier of the job; unique over attempts.", nullable=True)
    expires_at = instant("When the service deletes it.", nullable=True)
    reason = text("Why it is in this state, in one sentence.", nullable=True)


class ExtractionProblems(Stored):
    """One row per thing that could not be read or stored."""

    problem_id = text("Hash of what, where and why: the same problem has one row however often it is met.", key=True)
    problem_kind = text("Name of the error class or of the broken rule.")
    item_kind = text("Kind of thing.")
    item_id = text("Identifier of the thing within its kind; run_id/run_attempt, job_id, artifact_id, path@sha.")
    run_id = whole("Identifier of the run; all its attempts share it.", nullable=True)
    run_attempt = whole("Ordinal of the attempt, from 1.", nullable=True)
    job_id = whole("Identifier of the job; unique over attempts.", nullable=True)
    file_path = text("File concerned, relative to the repository where the producer says so.", nullable=True)
    message = text("What it says.", nullable=True)
    advice = text("What a person should do about it.")


class PageValidators(Stored):
    """One row per list page that was read whole: what to send to be told 'not changed'."""

    request_url = text("Address of the request, without its host.", key=True)
    etag = text("Entity tag the service gave.")
    next_url = text("Address of the following page, without its host; null for the last one.", nullable=True)


class Payloads(Stored):
    """One row per answer of the service, redacted, else untouched: a better reading can be made of it later."""

    payload_kind = text("Kind of answer, as in run_attempt or jobs.", key=True)
    item_id = text(
        "Identifier of the thing within its kind; run_id/run_attempt, job_id, artifact_id, path@sha.", key=True
    )
    payload_json = text("The answer's JSON.")
