"""Samples of a job's use of its machine: both formats, each line on its own."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline_etl.contracts.tables import TelemetrySamples
from pipeline_etl.errors import MalformedTelemetry
from pipeline_etl.parsing.telemetry import parse_telemetry

FILES = Path(__file__).parent / "telemetry_files"
CONTEXT = {"provider", "repository_id", "extracted_at", "artifact_id", "report_path", "run_id"}
GOOD = b'{"timestamp": "2026-05-25T05:36:37.917Z", "cpu_percent": 50.0, "cpu_count": 2}\n'


def test_a_line_of_json_becomes_a_sample_in_our_units() -> None:
    line = (
        b'{"timestamp": "2026-05-25T05:36:37.917Z", "interval_s": 1.003, "cpu_percent": 60.8, "cpu_seconds_total": 0.76,'
        b' "cpu_count": 2, "rss_bytes": 111947776, "processes": 5, "io_read_chars_total": 20620446,'
        b' "io_write_chars_total": 15869, "disk_used_bytes": 1310720, "host_cpu_percent": 100.0, "host_load1": 1.68,'
        b' "host_mem_total_bytes": 25276502016, "host_net_rx_bytes_total": 7, "host_net_tx_bytes_total": 8, "new": []}'
    )

    assert parse_telemetry(line).samples.row(0, named=True) == {
        "sample_number": 1,
        "sampled_at": datetime(2026, 5, 25, 5, 36, 37, 917_000, tzinfo=UTC),
        "interval_seconds": 1.003,
        "cpu_ratio": pytest.approx(0.304),
        "cpu_busy_seconds_total": 0.76,
        "cpu_count": 2,
        "memory_bytes": 111_947_776,
        "memory_total_bytes": 25_276_502_016,
        "process_count": 5,
        "io_read_bytes_total": 20_620_446,
        "io_write_bytes_total": 15_869,
        "network_received_bytes_total": 7,
        "network_sent_bytes_total": 8,
        "disk_used_bytes": 1_310_720,
        "disk_used_ratio": None,
        "machine_cpu_ratio": 1.0,
        "machine_memory_ratio": None,
        "machine_load_1m": 1.68,
    }


def test_semaphores_text_speaks_of_the_machine_and_not_of_the_job() -> None:
    rows = parse_telemetry((FILES / "semaphore-test-results/system-metrics").read_bytes())

    assert (rows.samples.height, rows.problem) == (206, None)
    first = {name: value for name, value in rows.samples.row(0, named=True).items() if value is not None}
    assert first == {
        "sample_number": 1,
        "sampled_at": datetime(2025, 5, 11, 21, 24, 51, tzinfo=UTC),
        "machine_cpu_ratio": pytest.approx(0.046),
        "machine_memory_ratio": pytest.approx(0.032),
        "disk_used_ratio": pytest.approx(0.2577),
    }


def test_the_frame_holds_the_declared_columns_but_for_those_of_context() -> None:
    declared = {name: kind for name, kind in TelemetrySamples.create_empty().schema.items() if name not in CONTEXT}

    assert dict(parse_telemetry(GOOD).samples.schema) == declared


def test_an_unknown_number_of_processors_leaves_the_share_unknown() -> None:
    samples = parse_telemetry(b'{"timestamp": "2026-05-25T05:36:37Z", "cpu_percent": 50.0}').samples

    assert samples.select("cpu_ratio", "cpu_count").row(0) == (None, None)


@pytest.mark.parametrize(
    "broken",
    [
        b'{"timestamp": "2026-05-25T05:3',
        b'{"cpu_percent": 1}',
        b'{"timestamp": "yesterday"}',
        b'{"timestamp": "2026-05-25T05:36:37Z", "rss_bytes": -1}',
        b'{"timestamp": "2026-05-25T05:36:37Z", "rss_bytes": 99999999999999999999}',
        b'{"timestamp": "2026-05-25T05:36:37Z", "cpu_count": 0}',
        b'{"timestamp": "2026-05-25T05:36:37Z", "cpu_percent": NaN}',
        b"\x00\xff\xfe",
        b"{" * 100_000,
        b"Sun 11 May 2025 09:24:51 PM UTC |  cpu:?%,  mem:  3.20%",
    ],
)
def test_a_broken_line_is_left_out_and_told_of(broken: bytes) -> None:
    rows = parse_telemetry(GOOD + broken + b"\n\n" + GOOD)

    assert rows.samples["sample_number"].to_list() == [1, 2]
    assert str(rows.problem).startswith("1 of 3 lines are no samples, the first: line 2:")
    with pytest.raises(MalformedTelemetry):
        parse_telemetry(broken)


def test_a_file_without_a_line_is_no_telemetry() -> None:
    with pytest.raises(MalformedTelemetry, match="empty"):
        parse_telemetry(b"\n")
