import io
from pathlib import Path

import pytest
from rich.console import Console

from pipeline_etl.cli import recording
from pipeline_etl.errors import ArchiveBusy, SettingsError
from pipeline_etl.providers import recorded_provider
from pipeline_etl.settings import Settings
from pipeline_etl.storage import exclusive
from tests.recorded import SQLITE_UTILS, cut_archive, runs_of


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A service that knows two runs of the sample."""
    cut_archive(tmp_path / "service", SQLITE_UTILS, run_ids=[run["id"] for run in runs_of(SQLITE_UTILS)[:2]])
    monkeypatch.setattr(
        recording,
        "github_provider",
        lambda _url, *, token, waiting: recorded_provider(tmp_path / "service", waiting=waiting),  # noqa: ARG005
    )
    return Settings(data_root=tmp_path / "data", repositories=(SQLITE_UTILS,), since="4000 days")


def test_a_recorded_archive_is_told_with_what_is_in_it_and_answers_again(settings: Settings, tmp_path: Path) -> None:
    said = io.StringIO()

    made = recording.record_repositories(settings, into=tmp_path / "made", console=Console(file=io.StringIO()))
    recording.tell_recording(Console(file=said, width=200), made[0])

    first, *counts = said.getvalue().splitlines()
    assert first == str(tmp_path / "made" / "github" / SQLITE_UTILS)
    assert ["runs", "2"] in [line.split()[:2] for line in counts]


def test_an_archive_is_never_written_over(settings: Settings, tmp_path: Path) -> None:
    quiet = Console(file=io.StringIO())
    recording.record_repositories(settings, into=tmp_path / "made", console=quiet)

    with pytest.raises(SettingsError, match="There is an archive"):
        recording.record_repositories(settings, into=tmp_path / "made", console=quiet)


def test_two_who_record_into_one_folder_do_not_meet(settings: Settings, tmp_path: Path) -> None:
    quiet, into = Console(file=io.StringIO()), tmp_path / "made"
    with (
        exclusive(into / ".lock", purpose="recording", busy=ArchiveBusy),
        pytest.raises(ArchiveBusy, match="for recording"),
    ):
        recording.record_repositories(settings, into=into, console=quiet)

    assert [path.name for path in into.iterdir()] == [".lock"]
    assert recording.record_repositories(settings, into=into, console=quiet)[0].folder.is_dir()


def test_while_one_records_the_folder_is_locked(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    into, met = tmp_path / "made", []

    def record(*given: object, **named: object) -> object:
        with pytest.raises(ArchiveBusy) as busy, exclusive(into / ".lock", purpose="recording", busy=ArchiveBusy):
            pass
        met.append(busy.value)
        return given, named

    monkeypatch.setattr(recording, "record", record)
    recording.record_repositories(settings, into=into, console=Console(file=io.StringIO()))

    assert len(met) == 1
