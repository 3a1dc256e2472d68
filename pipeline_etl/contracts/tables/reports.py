"""What is read out of the files in artifacts: test results, coverage, telemetry."""

from pipeline_etl.contracts.columns import instant, numbers, seconds, share, size, text, whole, word
from pipeline_etl.contracts.tables._base import Stored
from pipeline_etl.contracts.vocabulary import TestOutcome, TestReportFormat


class OfArtifactFile(Stored):
    """A row read from a file in an artifact."""

    artifact_id = whole("Identifier of the artifact.", key=True)
    report_path = text("Path of the file inside the artifact's archive.", key=True)
    run_id = whole("Identifier of the run; all its attempts share it.", nullable=True)


class TestReports(OfArtifactFile):
    """One row per test report; its test results carry the same extracted_at."""

    report_format = word(TestReportFormat, "Dialect of the report.")
    suite_count = whole("Number of suites.")
    test_case_count = whole("Number of test cases, tries of one test counted each.")
    report_seconds = seconds("Duration the report itself states.", nullable=True)
    reported_at = instant("Time the report itself states.", nullable=True)


class TestResults(OfArtifactFile):
    """One row per try of a test in a report."""

    result_number = whole("Ordinal of the row in its report, from 1.", key=True)
    test_id = text("Stable identity of the test over runs: hash of repository, suite, class and name.")
    suite_name = text("Suite of the test.", nullable=True)
    class_name = text("Class, module or file the test belongs to, as reported.", nullable=True)
    test_name = text("Name of the test, parameters included.")
    file_path = text("File concerned, relative to the repository where the producer says so.", nullable=True)
    try_number = whole("Ordinal of the try of this test in its report, from 1.")
    test_outcome = word(TestOutcome, "Outcome of the try.")
    test_seconds = seconds("Duration of the try; null when the report does not say.", nullable=True)
    message = text("What it says.", nullable=True)


class CoverageReports(OfArtifactFile):
    """One row per coverage report."""

    coverage_format = text("Dialect of a coverage report, as in cobertura.")
    covered_line_count = whole("Number of lines that ran.")
    valid_line_count = whole("Number of lines that could run.")
    covered_branch_count = whole("Number of branches taken.", nullable=True)
    valid_branch_count = whole("Number of branches that could be taken.", nullable=True)
    reported_at = instant("Time the report itself states.", nullable=True)


class CoverageFiles(OfArtifactFile):
    """One row per source file in a coverage report."""

    file_path = text("File concerned, relative to the repository where the producer says so.", key=True)
    covered_line_count = whole("Number of lines that ran.")
    valid_line_count = whole("Number of lines that could run.")
    covered_lines = numbers("Numbers of the lines that ran; null when the report has only totals.", nullable=True)
    missed_lines = numbers(
        "Numbers of the lines that did not run; null when the report has only totals.", nullable=True
    )


class TelemetrySamples(OfArtifactFile):
    """One row per sample of a job's use of its machine."""

    sample_number = whole("Ordinal of the sample in its file, from 1.", key=True)
    sampled_at = instant("Moment of the sample.")
    interval_seconds = seconds("Time since the sample before.", nullable=True)
    cpu_ratio = share("Share of all processors the job used, 1 when all were busy.", nullable=True)
    cpu_busy_seconds_total = seconds("Processor seconds used so far.", nullable=True)
    cpu_count = whole("Number of processors.", nullable=True)
    memory_bytes = size("Memory the job's processes held, file cache excluded.", nullable=True)
    memory_total_bytes = size("Memory of the machine.", nullable=True)
    process_count = whole("Number of processes.", nullable=True)
    io_read_bytes_total = size("Bytes read so far, from files, pipes and terminals.", nullable=True)
    io_write_bytes_total = size("Bytes written so far, to files, pipes and terminals.", nullable=True)
    network_received_bytes_total = size("Bytes the machine received so far.", nullable=True)
    network_sent_bytes_total = size("Bytes the machine sent so far.", nullable=True)
    disk_used_bytes = size("Space used on the work disk.", nullable=True)
    disk_used_ratio = share("Share of the work disk in use.", nullable=True)
    machine_cpu_ratio = share("Share of all processors anything on the machine used.", nullable=True)
    machine_memory_ratio = share("Share of the machine's memory in use.", nullable=True)
    machine_load_1m = share("Load average of the last minute.", nullable=True)
