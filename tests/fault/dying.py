"""A program in a process of its own that meets its end at the so-many-th touch of a file: ``dying.py HOW COUNT PROGRAM``.

HOW is what happens at a touch: ``kill`` ends the process as SIGKILL does, ``full`` says that the disk is full, at that
touch and at every later one; ``unpublished`` kills it when it would put a warehouse in the place of another. A touch is what Python's audit hooks tell of files below the data folder (and of programs
that are started): opened, made, renamed, copied, removed. PROGRAM is one of this module's or, with its arguments, a
verb of the command line.
"""

# What a program does not need it does not import, for each is started dozens of times.
# ruff: noqa: PLC0415
import errno
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

DATA = Path(os.environ["PIPELINE_ETL_DATA"])
TOUCHES = {"open", "os.rename", "os.remove", "os.mkdir", "shutil.copyfile", "subprocess.Popen"}
FOR_READING = os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY


def struck(count: int, strike: Callable[[str], None], *, only_writing: bool) -> None:
    left = count

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal left
        if event not in TOUCHES:
            return
        if event != "subprocess.Popen" and not str(arguments[0]).startswith(str(DATA)):
            return
        if only_writing and (event in ("os.remove", "subprocess.Popen") or is_for_reading(event, arguments)):
            return
        left -= 1
        if left <= 0:
            strike(str(arguments[0]))

    sys.addaudithook(hook)


def is_for_reading(event: str, arguments: tuple[object, ...]) -> bool:
    return event == "open" and isinstance(arguments[2], int) and not arguments[2] & ~FOR_READING


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill(path: str) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)


def sync() -> None:
    """What ``extract`` does, without Dagster and its second of start; small batches, and no pause after a fault."""
    from pipeline_etl.extraction import SyncOptions, sync_repositories
    from pipeline_etl.extraction import reading as module
    from pipeline_etl.providers import Waiting, github_provider
    from pipeline_etl.storage import Lake

    module.BATCH_SIZE = 8

    def clock() -> datetime:
        return datetime.now(UTC)

    provider = github_provider(
        os.environ["GITHUB_API_URL"],
        token=os.environ["GITHUB_TOKEN"],
        waiting=Waiting(now=clock, sleep=lambda _: None),
    )
    syncs = sync_repositories(
        lambda _: provider,
        Lake(DATA / "lake"),
        [os.environ["REPOSITORIES"]],
        clock=clock,
        options=SyncOptions(concurrent_requests=4),
        on_progress=lambda _: None,
    )
    raise SystemExit(", ".join(f"{each.status} {each.error}" for each in syncs if each.error) or 0)


def build() -> None:
    """What ``load`` does, without Dagster."""
    from pipeline_etl.contracts.render import SOURCE_TABLES
    from pipeline_etl.storage import Lake, Warehouse

    with Warehouse(DATA / "warehouse.duckdb").building() as building:
        for table in SOURCE_TABLES:
            building.load(table, Lake(DATA / "lake"))
        building.publish()


def killed_at_publishing() -> None:
    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.rename" and str(arguments[0]).endswith(".building.duckdb"):
            kill(str(arguments[0]))

    sys.addaudithook(hook)


def main(how: str, count: str, program: str, *arguments: str) -> None:
    if how == "unpublished":
        killed_at_publishing()
    else:
        struck(int(count), {"kill": kill, "full": fill}[how], only_writing=how == "full")
    if program in PROGRAMS:
        PROGRAMS[program]()
        return
    from pipeline_etl.cli import main as verb

    sys.argv = ["pipeline_etl", program, *arguments]
    verb()


PROGRAMS = {"sync": sync, "build": build}

if __name__ == "__main__":
    main(*sys.argv[1:])
