"""The archive with the logs of a run attempt: whose log each of its files is.

GitHub's has ``N_<job>.txt`` for each job and ``<job>/M_<step>.txt`` for its steps. N is an ordinal, or a negative
number where an older service answered; neither is the job's id. The name is bent on the way: characters that Windows
forbids in file names are lost, it is cut after 90 UTF-16 units, and a number may be added where two would be equal (as
the maintainers of cli/cli found: issues 5011, 7641, 7642, pull requests 9482, 10740, 10769).

So the file's name says which jobs a log may belong to, and where these are several the log itself is asked: it states
the name of its job, and the time at which the runner set it up. A log that may still be of two jobs is given to
neither, because a wrong log is worse than none.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from pipeline_etl.errors import MalformedArchive
from pipeline_etl.parsing.archive import STREAM_LIMITS, ArchiveLimits, LargeFile, open_archive
from pipeline_etl.parsing.content import Content, stream_of
from pipeline_etl.parsing.log_steps import first_line_of
from pipeline_etl.parsing.timestamps import instant

_LOST_CHARACTERS: Final = re.compile(r'[\x00-\x1f/\\:<>|*?"]')
_JOB_NAME_UNITS: Final = 90
_WHOLE_LOG: Final = re.compile(r"(?P<number>-?\d{1,19})_(?P<label>[^/]*)\.txt")
# The name of a step loses its slashes at GitHub; a recorder need not be so careful.
_STEP_LOG: Final = re.compile(r"(?P<label>[^/]+)/(?P<number>\d{1,9})_.*\.txt", re.DOTALL)
_ADDED_NUMBER: Final = re.compile(r"(?P<label>.*?)[ _-]?(?:\((?P<bracketed>\d{1,3})\)|(?P<bare>\d{1,3}))")

HEAD_BYTES: Final = 65_536
"""Where in a log its job is named: in the output of the step that sets it up."""

_STATED_NAME: Final = re.compile(rb"Complete job name: ([^\r\n]{1,1000})")
_SET_UP: Final = re.compile(rb"^(\S{20,40}Z) (?:Current runner version|Complete job name): ", re.MULTILINE)
"""Printed in the second in which the job starts; the lines before it are of the time when it waited for a runner."""
MASK: Final = "***"
"""What the runner prints for a secret, were it a part of the name."""

_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z")
_SLACK: Final = timedelta(seconds=2)
"""The times of jobs are whole seconds."""


class LoggedJob(NamedTuple):
    """A job that may have a log in the archive."""

    job_id: int
    name: str
    started_at: datetime | None = None


@dataclass(frozen=True)
class JobLogFiles:
    """The log of one job."""

    whole: Content | None
    """The whole log; None when the archive has only its steps."""
    steps: Mapping[int, Content] = field(default_factory=dict)
    """The log of each step by its number; GitHub leaves them out at times."""


@dataclass(frozen=True)
class LogArchive:
    """A log archive, taken apart."""

    jobs: Mapping[int, JobLogFiles]
    """By job id; a job without a log is not in it."""
    unmatched: tuple[str, ...] = ()
    """Paths of files that belong to no known job, or to one of several that cannot be told apart."""
    problem: MalformedArchive | None = None
    """Why some files are missing."""


def split_log_archive(
    content: bytes, jobs: Sequence[LoggedJob], *, limits: ArchiveLimits = STREAM_LIMITS
) -> LogArchive:
    """Whose log each file of a log archive is.

    Args:
        content: The zip.
        jobs: Every job that may have a log in it.
        limits: Caps on the archive.

    Raises:
        MalformedArchive: Nothing in it could be read.
    """
    files: dict[str, Content] = {}
    problem: MalformedArchive | None = None
    try:
        for file in open_archive(content, limits=limits):
            files[file.path] = file if isinstance(file, LargeFile) else file.content
    except MalformedArchive as error:
        if not files:
            raise
        problem = error
    by_label: dict[str, list[LoggedJob]] = defaultdict(list)
    for job in jobs:
        by_label[_label(job.name)].append(job)
    wholes, folders = _by_label(files, by_label)
    matched: dict[int, JobLogFiles] = {}
    used: set[str] = set()
    for label, alike in by_label.items():
        found = {path: files[path] for path in wholes[label]}
        whole_of = _told_apart(alike, found)
        steps_of = _steps_told_apart(
            alike, {job_id: found[path] for job_id, path in whole_of.items()}, folders[label], files
        )
        for job in alike:
            whole, steps = whole_of.get(job.job_id), steps_of.get(job.job_id, {})
            if whole is not None or steps:
                used.update(steps.values(), [whole] if whole else [])
                matched[job.job_id] = JobLogFiles(
                    whole=files[whole] if whole else None,
                    steps={number: files[path] for number, path in sorted(steps.items())},
                )
    unmatched = tuple(path for path in files if path not in used and not path.endswith("/system.txt"))
    return LogArchive(jobs=matched, unmatched=unmatched, problem=problem)


def stated_job(log: Content) -> tuple[str | None, datetime | None]:
    """The name of the job that a log says it is of, and when it was set up; None for what it does not say."""
    with stream_of(log) as stream:
        head = stream.read(HEAD_BYTES)
    name, set_up = _STATED_NAME.search(head), _SET_UP.search(head)
    return name and name[1].decode(errors="replace").strip(), set_up and instant(set_up[1].decode())


def _told_apart(jobs: Sequence[LoggedJob], logs: Mapping[str, Content]) -> dict[int, str]:
    """Which log, by path, each of some jobs has whose names look alike in an archive."""
    claims: dict[int, list[str]] = defaultdict(list)
    for path, log in logs.items():
        name, set_up_at = stated_job(log)
        possible = [job for job in jobs if name is None or job.name.strip() == name or MASK in name]
        if len(jobs) > 1 and len(possible) != 1:
            possible = [job for job in possible if set_up_at is not None and _began_at(job, set_up_at)]
        for job in possible:
            claims[job.job_id].append(path if len(possible) == 1 else "")
    return {job_id: paths[0] for job_id, paths in claims.items() if len(paths) == 1 and paths[0]}


def _began_at(job: LoggedJob, moment: datetime) -> bool:
    return job.started_at is not None and abs(job.started_at - moment) <= _SLACK


def _steps_told_apart(
    jobs: Sequence[LoggedJob],
    wholes: Mapping[int, Content],
    folders: Sequence[Mapping[int, str]],
    files: Mapping[str, Content],
) -> dict[int, Mapping[int, str]]:
    """Which folder of steps' logs each of some jobs has: that whose first log begins with a line of the whole log."""
    if len(jobs) == len(folders) == 1:
        return {jobs[0].job_id: folders[0]}
    heads: dict[int, bytes] = {}
    for job_id, whole in wholes.items():
        with stream_of(whole) as stream:
            heads[job_id] = stream.read(HEAD_BYTES)
    claims: dict[int, list[Mapping[int, str]]] = defaultdict(list)
    for folder in folders:
        with stream_of(files[folder[min(folder)]]) as stream:
            first = first_line_of(stream.read(HEAD_BYTES)).encode()
        of = [job_id for job_id, head in heads.items() if _TIME.match(first.decode()) and first in head]
        if len(of) == 1:
            claims[of[0]].append(folder)
    return {job_id: found[0] for job_id, found in claims.items() if len(found) == 1}


def _label(job_name: str) -> str:
    """The job's name as it stands in the archive."""
    units = _LOST_CHARACTERS.sub("", job_name).encode("utf-16-le", errors="surrogatepass")[: 2 * _JOB_NAME_UNITS]
    return units.decode("utf-16-le", errors="replace").strip()


def _by_label(
    paths: Iterable[str], jobs: Mapping[str, Sequence[LoggedJob]]
) -> tuple[Mapping[str, list[str]], Mapping[str, list[dict[int, str]]]]:
    """Whole logs, and step logs by number, of the jobs of each label."""
    wholes: dict[str, list[tuple[int, str]]] = defaultdict(list)
    folders: dict[str, dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    for path in paths:
        if match := _WHOLE_LOG.fullmatch(path):
            wholes[_without_added_number(match["label"], jobs)].append((int(match["number"]), path))
        elif match := _STEP_LOG.fullmatch(path):
            folder = folders[_without_added_number(match["label"], jobs)][match["label"]]
            folder.setdefault(int(match["number"]), path)
    ordered = defaultdict(list)
    for label, found in wholes.items():
        # A negative number is the older service's copy of a log; it counts only where there is no other.
        current = [each for each in found if each[0] >= 0] or found
        ordered[label] = [path for _, path in sorted(current)]
    return ordered, defaultdict(list, {label: list(of.values()) for label, of in folders.items()})


def _without_added_number(label: str, jobs: Mapping[str, Sequence[LoggedJob]]) -> str:
    """The label of the jobs that a file's label stands for, which may have a number added to it."""
    match = None if label in jobs else _ADDED_NUMBER.fullmatch(label)
    # Only where several jobs share a name was there something to tell apart.
    return match["label"] if match and len(jobs.get(match["label"], ())) > 1 else label
