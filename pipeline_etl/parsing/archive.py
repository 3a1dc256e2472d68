"""Zip archives, read without trusting a word of them: anyone who can push a branch can make one.

GitHub's log archive of a run attempt holds ``N_<job>.txt`` for each job and ``<job>/M_<step>.txt`` for its steps. N is
an ordinal, or a negative number where an older service answered; neither is the job's id. The name is bent on the way:
characters that Windows forbids in file names are lost, it is cut after 90 UTF-16 units, and a number may be added where
two would be equal (as the maintainers of cli/cli found: issues 5011, 7641, 7642, pull requests 9482, 10740, 10769).
"""

import io
import re
import stat
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pipeline_etl.errors import MalformedArchive


@dataclass(frozen=True, kw_only=True)
class ArchiveLimits:
    """Caps on one archive. What a header declares is not believed: bytes are counted as they are unpacked."""

    entry_count: int = 50_000
    """Entries, folders included. The log archive of 256 jobs has some 5,000."""
    file_bytes: int = 512 * 2**20
    """Size of one file."""
    total_bytes: int = 2 * 2**30
    """Size of all files together."""
    compression_ratio: int = 200
    """Unpacked bytes per byte of the archive. Logs of one repeated line reach about 100; a bomb 1,000 and more."""
    ratio_free_bytes: int = 16 * 2**20
    """Size up to which the ratio does not matter."""


@dataclass(frozen=True)
class ArchiveFile:
    """One file of an archive."""

    path: str
    """Relative, with ``/``, never leaving the archive."""
    content: bytes


@dataclass(frozen=True)
class JobLogFiles:
    """The log of one job."""

    whole: bytes | None
    """The whole log; None when the archive has only its steps."""
    steps: Mapping[int, bytes] = field(default_factory=dict)
    """The log of each step by its number; GitHub leaves them out at times."""
    is_certain: bool = True
    """False when several jobs of the run have this name, so that only the order says which log is whose."""


@dataclass(frozen=True)
class LogArchive:
    """A log archive, taken apart."""

    jobs: Mapping[int, JobLogFiles]
    """By job id; a job without a log is not in it."""
    unmatched: tuple[str, ...] = ()
    """Paths of files that belong to no known job, or to one of several that cannot be told apart."""
    problem: MalformedArchive | None = None
    """Why some files are missing."""


DEFAULT_LIMITS: Final = ArchiveLimits()
_CHUNK_BYTES: Final = 2**18
_CENTRAL_HEADER: Final = b"PK\x01\x02"
_READABLE: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError)
"""All that zipfile raises on a broken or unusual entry."""

_LOST_CHARACTERS: Final = re.compile(r'[\x00-\x1f/\\:<>|*?"]')
_JOB_NAME_UNITS: Final = 90
_WHOLE_LOG: Final = re.compile(r"(?P<number>-?\d{1,19})_(?P<label>[^/]*)\.txt")
# The name of a step loses its slashes at GitHub; a recorder need not be so careful.
_STEP_LOG: Final = re.compile(r"(?P<label>[^/]+)/(?P<number>\d{1,9})_.*\.txt", re.DOTALL)
_ADDED_NUMBER: Final = re.compile(r"(?P<label>.*?)[ _-]?(?:\((?P<bracketed>\d{1,3})\)|(?P<bare>\d{1,3}))")


def read_archive(content: bytes, *, limits: ArchiveLimits = DEFAULT_LIMITS) -> Iterator[ArchiveFile]:
    """The files of a zip, one in memory at a time.

    Folders and what macOS adds (``__MACOSX``, ``.DS_Store``) are passed over. A file that is broken, encrypted, a link,
    leads out of the archive or repeats a name is left out, and the others are still given.

    Raises:
        MalformedArchive: At once when it is no zip or has too many entries; when a cap is passed, there and then; else
            after the last file, naming those that were left out.
    """
    try:
        with _opened(content, limits=limits) as archive:
            yield from _files(archive, archive_bytes=len(content), limits=limits)
    except MalformedArchive:
        raise
    except (*_BROKEN, UnicodeDecodeError) as error:
        raise MalformedArchive(f"It is not a readable zip archive: {error}.") from error


def split_log_archive(
    content: bytes, jobs: Sequence[tuple[int, str]], *, limits: ArchiveLimits = DEFAULT_LIMITS
) -> LogArchive:
    """Whose log each file of a log archive is.

    Args:
        content: The zip.
        jobs: Id and name of every job that may have a log in it, in the order the service lists them.
        limits: Caps on the archive.

    Jobs of one name get their logs in the order of the numbers in the file names, marked as uncertain, if there are as
    many logs as jobs; else none of them gets any.

    Raises:
        MalformedArchive: Nothing in it could be read.
    """
    files: dict[str, bytes] = {}
    problem: MalformedArchive | None = None
    try:
        for file in read_archive(content, limits=limits):
            files[file.path] = file.content
    except MalformedArchive as error:
        if not files:
            raise
        problem = error
    job_ids: dict[str, list[int]] = defaultdict(list)
    for job_id, job_name in jobs:
        job_ids[_label(job_name)].append(job_id)
    wholes, steps = _by_label(files, job_ids)
    matched: dict[int, JobLogFiles] = {}
    used: set[str] = set()
    for label, ids in job_ids.items():
        whole_paths, step_paths = wholes[label], steps[label]
        is_certain = len(ids) == 1
        if len(whole_paths) not in (0, len(ids)) or len(step_paths) not in (0, len(ids)):
            continue
        for place, job_id in enumerate(ids):
            whole = whole_paths[place] if whole_paths else None
            of_steps = step_paths[place] if step_paths else {}
            if whole is None and not of_steps:
                continue
            used.update(of_steps.values(), [whole] if whole else [])
            matched[job_id] = JobLogFiles(
                whole=files[whole] if whole else None,
                steps={number: files[path] for number, path in sorted(of_steps.items())},
                is_certain=is_certain,
            )
    unmatched = tuple(path for path in files if path not in used and not path.endswith("/system.txt"))
    return LogArchive(jobs=matched, unmatched=unmatched, problem=problem)


def _label(job_name: str) -> str:
    """The job's name as it stands in the archive."""
    units = _LOST_CHARACTERS.sub("", job_name).encode("utf-16-le", errors="surrogatepass")[: 2 * _JOB_NAME_UNITS]
    return units.decode("utf-16-le", errors="replace").strip()


def _by_label(
    paths: Iterable[str], job_ids: Mapping[str, Sequence[int]]
) -> tuple[Mapping[str, list[str]], Mapping[str, list[dict[int, str]]]]:
    """Whole logs, and step logs by number, of the jobs of each label, in the order of their numbers."""
    wholes: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    folders: dict[str, dict[int, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))
    for path in paths:
        if match := _WHOLE_LOG.fullmatch(path):
            label, added = _without_added_number(match["label"], job_ids)
            wholes[label].append((added, int(match["number"]), path))
        elif match := _STEP_LOG.fullmatch(path):
            label, added = _without_added_number(match["label"], job_ids)
            folders[label][added].setdefault(int(match["number"]), path)
    ordered = defaultdict(list)
    for label, found in wholes.items():
        # A negative number is the older service's copy of a log; it counts only where there is no other.
        current = [each for each in found if each[1] >= 0] or found
        ordered[label] = [path for _, _, path in sorted(current)]
    steps = defaultdict(list, {label: [of[added] for added in sorted(of)] for label, of in folders.items()})
    return ordered, steps


def _without_added_number(label: str, job_ids: Mapping[str, Sequence[int]]) -> tuple[str, int]:
    """The label of the jobs that a file's label stands for, and the number added to it (0 for none)."""
    match = None if label in job_ids else _ADDED_NUMBER.fullmatch(label)
    # Only where several jobs share a name was there something to tell apart.
    if match and len(job_ids.get(match["label"], ())) > 1:
        return match["label"], int(match["bracketed"] or match["bare"])
    return label, 0


def _opened(content: bytes, *, limits: ArchiveLimits) -> zipfile.ZipFile:
    # Counted before zipfile makes an object of each; the declared count is not what zipfile goes by.
    if content.count(_CENTRAL_HEADER) > limits.entry_count:
        raise MalformedArchive(f"It has more than {limits.entry_count:,} entries.")
    return zipfile.ZipFile(io.BytesIO(content))


def _files(archive: zipfile.ZipFile, *, archive_bytes: int, limits: ArchiveLimits) -> Iterator[ArchiveFile]:
    left_out: list[str] = []
    seen: set[str] = set()
    budget = min(limits.total_bytes, max(limits.compression_ratio * archive_bytes, limits.ratio_free_bytes))
    for entry in archive.infolist():
        path = entry.filename.replace("\\", "/")
        if path.endswith("/") or _is_litter(path):
            continue
        reason = _reason_to_leave_out(entry, path=path, seen=seen)
        if reason is None:
            seen.add(path)
            try:
                unpacked = _unpacked(archive, entry, budget=budget, limits=limits)
            except _BROKEN as error:
                reason = f"broken ({error})"
            else:
                budget -= len(unpacked)
                yield ArchiveFile(path, unpacked)
        if reason is not None:
            left_out.append(f"{path[:200]!r}: {reason}")
    if left_out:
        more = f" and {len(left_out) - 5:,} more" if len(left_out) > 5 else ""
        raise MalformedArchive(f"{len(left_out):,} of its files could not be read: {'; '.join(left_out[:5])}{more}.")


def _is_litter(path: str) -> bool:
    parts = path.split("/")
    return "__MACOSX" in parts or parts[-1] == ".DS_Store"


def _reason_to_leave_out(entry: zipfile.ZipInfo, *, path: str, seen: set[str]) -> str | None:
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        return "its path leads out of the archive"
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "a symbolic link"
    if entry.flag_bits & 0x1:
        return "encrypted"
    if entry.compress_type not in _READABLE:
        # bzip2 and LZMA unpack a block at once, so nothing bounds them; no CI service writes them.
        return f"packed with method {entry.compress_type}, not deflate"
    if path in seen:
        return "a second file of this name"
    return None


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, *, budget: int, limits: ArchiveLimits) -> bytes:
    pieces: list[bytes] = []
    size = 0
    with archive.open(entry) as file:
        while piece := file.read(_CHUNK_BYTES):
            size += len(piece)
            if size > limits.file_bytes:
                raise MalformedArchive(f"{entry.filename[:200]!r} is larger than {limits.file_bytes:,} bytes.")
            if size > budget:
                raise MalformedArchive(
                    f"It unpacks to more than {limits.total_bytes:,} bytes or"
                    f" {limits.compression_ratio} times its size."
                )
            pieces.append(piece)
    if size < entry.file_size:
        raise zipfile.BadZipFile(f"{size:,} bytes instead of {entry.file_size:,}")
    return b"".join(pieces)
