"""The words for what can go wrong.

::

    PipelineError
      · TransientError            mix-in: a later attempt may succeed
      · PermanentError            mix-in: no attempt will, until someone acts
      ProviderError               RateLimited ᵗ   Unreachable ᵗ   Unauthorized ᵖ   NotPermitted ᵖ
                                  Gone ᵖ   Expired ᵖ   UnknownRepository ᵖ
      PayloadError                UnexpectedPayload ᵖ   WebPage ᵖ
      ContentError                MalformedLog ᵖ   MalformedTestReport ᵖ   MalformedArchive ᵖ   MalformedWorkflowFile ᵖ
                                  MalformedCoverageReport ᵖ   MalformedTelemetry ᵖ   UnpatchableWorkflowFile ᵖ
      StorageError                ContractDrift ᵖ   CorruptPartition ᵖ   EmptyPublish ᵖ   DiskFull ᵖ   JournalDamaged ᵖ
                                  Busy ᵗ   LakeBusy ᵗ   WarehouseBusy ᵗ   ArchiveBusy ᵗ   DeliveryBusy ᵗ
      TransformError ᵖ            AmbiguousTests ᵖ   UnreadArtifacts ᵖ   ReportError ᵖ   UnknownName ᵖ
      SettingsError               ᵖ

A message says what happened and to which repository, run, job or file; ``advice`` says what a person should do.
Neither ever holds a token.
"""

from datetime import datetime
from typing import ClassVar


class PipelineError(Exception):
    """Anything this project knows how to explain."""

    advice: ClassVar[str] = "Run the same command again; if it fails again, open an issue with this message."
    exit_code: ClassVar[int] = 1
    """With which a command ends that could do nothing for this reason."""


class TransientError(PipelineError):
    """A later attempt may succeed."""

    advice = "Nothing to do: the next sync tries again."


class PermanentError(PipelineError):
    """No attempt will succeed until someone acts."""


class ProviderError(PipelineError):
    """The CI service did not give what was asked for."""


class RateLimited(ProviderError, TransientError):
    """The service asks us to wait."""

    advice = "Nothing to do: the next sync goes on where this one stopped. A token raises the limit."

    def __init__(self, message: str, *, retry_at: datetime | None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Unreachable(ProviderError, TransientError):
    """No usable answer: connection refused or cut, timeout, or a 5xx after all retries."""

    advice = "Check the network and the service's status page; the next sync tries again."


class Unauthorized(ProviderError, PermanentError):
    """The token is missing, expired or lacks a permission."""

    advice = (
        "Set GITHUB_TOKEN to a token with Actions: read, Contents: read, Checks: read and Metadata: read, "
        "or the three GITHUB_APP_… settings of an installed App that has them."
    )


class NotPermitted(Unauthorized):
    """The token is good and lacks a permission."""

    advice = (
        "Give the token, or the App and its installation, the permission that is named; "
        "the next sync reads what was left out."
    )


class Gone(ProviderError, PermanentError):
    """The thing does not exist (any more): expired, deleted or never made."""

    advice = "Nothing to do: the service does not keep it. Sync more often than the retention period."


class Expired(Gone):
    """The service had it and has deleted it: its retention has passed."""


class UnknownRepository(Gone):
    """The service shows no repository of this name; it does not tell whether there is one the token may not see."""

    advice = "Check the spelling of owner/name, and that the token may read it."


class PayloadError(PipelineError):
    """The service answered, but not in the shape it documents."""


class UnexpectedPayload(PayloadError, PermanentError):
    """A required field is missing or has another type."""

    advice = "The service's answer changed; please open an issue with this message."


class WebPage(UnexpectedPayload):
    """A page for a browser came instead of the API's answer."""

    advice = "Check GITHUB_API_URL, and whether a proxy or a login stands before the service."


class ContentError(PipelineError):
    """A file made by a pipeline cannot be read. It becomes a row in ``extraction_problems``; the rest goes on."""


class MalformedLog(ContentError, PermanentError):
    """A job log that is not text."""

    advice = "Look at the log in the browser; what could be read of it is stored."


class MalformedTestReport(ContentError, PermanentError):
    """A test report that cannot be read as one."""

    advice = "Check the step that writes the report: it should produce well-formed JUnit XML without a DTD."


class MalformedCoverageReport(ContentError, PermanentError):
    """A coverage report that cannot be read as one."""

    advice = "Check the step that writes the report: Cobertura, JaCoCo, Clover and lcov are understood."


class MalformedTelemetry(ContentError, PermanentError):
    """A telemetry file that cannot be read as one."""

    advice = "Check the step that records it: one JSON object per line, with a timestamp."


class MalformedWorkflowFile(ContentError, PermanentError):
    """A workflow file that is not valid workflow YAML."""

    advice = "Fix the file in the repository; until then the order of its jobs is inferred from their times."


class UnpatchableWorkflowFile(ContentError, PermanentError):
    """A workflow file in which the change that was asked for cannot be made without touching more."""

    advice = "Make the change by hand; the plan says which one and why."


class MalformedArchive(ContentError, PermanentError):
    """A zip that is broken, dishonest or larger than the limits allow."""

    advice = "Download it in the browser to see what is in it; what could be read of it is stored."


class StorageError(PipelineError):
    """The lake or the warehouse refused."""


class ContractDrift(StorageError, PermanentError):
    """Rows differ from the declaration of their table."""

    advice = "This is a defect: declare the column in contracts/tables or mend the rows, then run `make contracts`."


class NotLoaded(StorageError, PermanentError):
    """Tables of the warehouse were declared anew and are empty until the lake is loaded."""

    advice = "Run `make load`, then the command again; `make nightly` does both."


class Busy(StorageError, TransientError):
    """Another process is at it. The message says which, what for and since when."""

    advice = "Wait for the other process to end, then run the command again."
    exit_code = 75  # EX_TEMPFAIL of sysexits.h: nothing is wrong, try again later


class LakeBusy(Busy):
    """Another process is writing to the lake."""


class WarehouseBusy(Busy):
    """Another process is building the warehouse."""


class ArchiveBusy(Busy):
    """Another process is recording into the folder."""


class DeliveryBusy(Busy):
    """Another process is telling people of alerts."""


class JournalDamaged(StorageError, PermanentError):
    """What was told to whom cannot be read."""

    advice = "Mend or remove the named line; without the file, alerts that are news are told once more."


class DiskFull(StorageError, PermanentError):
    """There is no room left where something was to be written. The message says where."""

    advice = (
        "Make room there, or move the data folder to a larger disk and set PIPELINE_ETL_DATA; then run the same "
        "command again. What was committed stays, and the published warehouse is unchanged."
    )


class CorruptPartition(StorageError, PermanentError):
    """A Parquet file of the lake cannot be read."""

    advice = (
        "Run `make extract` and `make load`: they set the named file aside, and what it held is fetched again while "
        "the service still has it."
    )


class EmptyPublish(StorageError, PermanentError):
    """A warehouse without rows is never published over one with rows."""

    advice = "Look at the extraction problems above; the published warehouse is unchanged."


class TransformError(PermanentError):
    """A dbt model or data test failed."""

    advice = "Mend the named model and run `make transform`; the published warehouse is unchanged."


class ReportError(PermanentError):
    """The report could not be written."""

    advice = "Run `make generate-pipeline-report` to build the warehouse first."


class UnknownName(PermanentError):
    """A report was asked for something the warehouse does not hold. The message names the nearest that it does."""

    advice = "Say a name the warehouse holds, or leave the option out for everything."
    exit_code = 2


class AmbiguousTests(PermanentError):
    """Tests whose names in the reports fit no node id of pytest, or more than one."""

    advice = "Make the reports say more, as the message tells; nothing is guessed."


class UnreadArtifacts(PermanentError):
    """Artifacts were to be deleted before what is in them was stored."""

    advice = "Run `make nightly`, which reads them, and ask again."


class SettingsError(PermanentError):
    """A setting is missing or wrong. The message names the setting, its value unless secret, and an example."""

    advice = "Correct the setting and run the command again."
