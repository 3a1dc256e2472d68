"""What a file is, is seen in its content; its name speaks only for what is empty or garbled."""

from pathlib import Path

import pytest

from pipeline_etl.parsing.artifact_file import ReportKind, recognise

HERE = Path(__file__).parent
NOT_JUNIT = {"LICENSE", "LICENSE2", "README.md", "non-junit.xml", "testXxe-xxe.xml"}


def paths(folder: str) -> list[Path]:
    return [path for path in sorted((HERE / folder).rglob("*")) if path.is_file() and path.name not in NOT_JUNIT]


@pytest.mark.parametrize("path", paths("test_report_files"), ids=lambda path: path.name)
def test_test_reports_of_every_dialect_are_recognised_by_content(path: Path) -> None:
    assert recognise("x.bin", path.read_bytes()) == "test_report"


@pytest.mark.parametrize("path", paths("coverage_report_files"), ids=lambda path: path.name)
def test_coverage_reports_are_recognised_by_content(path: Path) -> None:
    assert recognise("x.bin", path.read_bytes()) == "coverage_report"


def test_telemetry_is_recognised_by_content() -> None:
    text = (HERE / "telemetry_files/semaphore-test-results/system-metrics").read_bytes()
    json = b'{"timestamp": "2026-05-25T05:36:37Z", "interval_s": 1, "cpu_percent": 60.8}\n'

    assert (recognise("x", text), recognise("x", json)) == ("telemetry", "telemetry")


@pytest.mark.parametrize(
    ("path", "head", "kind"),
    [
        ("out/junit.xml", b"", "test_report"),
        ("TEST-org.example.Foo.xml", b"\x00\x00", "test_report"),
        ("results.trx", b"", "test_report"),
        ("report.xml", b"garbled", "test_report"),
        ("coverage.xml", b"", "coverage_report"),
        ("target/site/jacoco/jacoco.xml", b"", "coverage_report"),
        ("lcov.info", b"", "coverage_report"),
        ("telemetry.jsonl", b"", "telemetry"),
        ("junit.xml", b"<?xml version='1.0'?><!-- a > b --><html/>", None),
        ("junit.xml", b"<!DOCTYPE x [<!ENTITY a 'b'>]>\n<testsuites>", "test_report"),
        ("a.xml", "<?xml version='1.0' encoding='utf-16'?><TestRun/>".encode("utf-16"), "test_report"),
        ("a.xml", b"\xef\xbb\xbf<coverage/>", "coverage_report"),
        ("a.xml", b"<report><title>Annual</title></report>", None),
        ("a.log", b"2026-01-01T00:00:00Z hello", None),
        ("a.jsonl", b'{"timestamp": "x", "message": "cpu"}', None),
        ("junit.jar", b"PK\x03\x04", None),
    ],
)
def test_the_content_decides_and_then_the_name(path: str, head: bytes, kind: ReportKind | None) -> None:
    assert recognise(path, head) == kind
