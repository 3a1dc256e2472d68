"""A workflow file in which so many jobs of a matrix share out a pytest suite.

Refused, with the reason, wherever the file would have to be understood and not only read: a matrix that ``include``
makes, a command that a script hides, an artifact two shards would both upload.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pipeline_etl.advice.workflow_edit import with_text, with_value
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.parsing.workflow_yaml import load_yaml

SHARD: Final = "${{ matrix.shard }}"

SPLITTING: Final = "--splitting-algorithm least_duration --durations-path .test_durations"

_RUNNER: Final = r"(?:(?:uv|poetry|pdm|hatch|pipenv|rye)[ \t]+run[ \t]+(?:--?[\w-]+(?:=\S+)?[ \t]+)*)?"
_PYTHON: Final = r"(?:(?:[\w./$~{}-]*python[\d.]*|coverage[ \t]+run)[ \t]+(?:-[^m\s]\S*[ \t]+)*-m[ \t]+)?"
_COMMAND: Final = re.compile(
    rf"(?:^|&&|\|\||;)[ \t'\"]*(?:[A-Z_][A-Z0-9_]*=\S*[ \t]+)*{_RUNNER}{_PYTHON}(?:pytest|py\.test)(?=\s|$|['\"])",
    re.MULTILINE,
)
"""A command that runs pytest itself, up to and with that word; not one that installs it."""

_SPLITS: Final = re.compile(r"(--splits[ =])\d+\b")
_GROUP: Final = re.compile(r"--group[ =][\"']?\$\{\{\s*matrix\.([\w-]+)\s*\}\}")
_UPLOAD: Final = re.compile(r"actions/upload-artifact@")


def with_shards(text: str, *, job_key: str, shard_count: int) -> str:
    """The file with the job's suite shared out by so many jobs.

    Raises:
        UnpatchableWorkflowFile: It cannot be told from the file how; the reason says what is in the way.
    """
    job = job_of(text, job_key)
    found = [
        (number, step["run"])
        for number, step in enumerate(_steps(job))
        if isinstance(step.get("run"), str) and _COMMAND.search(step["run"])
    ]
    if len(found) != 1 or len(_COMMAND.findall(found[0][1])) != 1:
        raise UnpatchableWorkflowFile(f"Job {job_key!r} has {len(found)} steps that run pytest themselves, not one.")
    number, command = found[0]
    if _SPLITS.search(command):
        return _with_other_count(text, job_key, number, command, shard_count)
    return _with_first_shards(text, job, job_key, number, shard_count)


def job_of(text: str, job_key: str) -> Mapping[str, Any]:
    """A job as the file declares it. Raises UnpatchableWorkflowFile when it declares none of this key."""
    document = load_yaml(text.encode())
    jobs = document.get("jobs") if isinstance(document, Mapping) else None
    job = jobs.get(job_key) if isinstance(jobs, Mapping) else None
    if not isinstance(job, Mapping):
        raise UnpatchableWorkflowFile(f"It declares no job {job_key!r}.")
    return job


def _with_other_count(text: str, job_key: str, number: int, command: str, shard_count: int) -> str:
    """The shards there are, more or fewer of them."""
    group = _GROUP.search(command)
    if group is None:
        raise UnpatchableWorkflowFile(f"Job {job_key!r} splits its suite by something other than its matrix.")
    path = ("jobs", job_key, "steps", number, "run")
    changed = with_text(text, path, lambda said: _SPLITS.sub(rf"\g<1>{shard_count}", said))
    return with_value(changed, ("jobs", job_key, "strategy", "matrix", group[1]), list(range(1, shard_count + 1)))


def _with_first_shards(text: str, job: Mapping[str, Any], job_key: str, number: int, shard_count: int) -> str:
    strategy = job.get("strategy") or {}
    matrix = strategy.get("matrix") if isinstance(strategy, Mapping) else strategy
    if matrix is not None and (not isinstance(matrix, Mapping) or {"include", "exclude"} & set(matrix)):
        raise UnpatchableWorkflowFile(
            f"The matrix of job {job_key!r} is made by an expression, include or exclude: which legs a shard would "
            "meet there is for a person to say."
        )
    added = f" --splits {shard_count} --group {SHARD} {SPLITTING}"
    changed = with_text(
        text, ("jobs", job_key, "steps", number, "run"), lambda said: _COMMAND.sub(lambda run: run[0] + added, said)
    )
    for position, step in enumerate(_steps(job)):
        if _UPLOAD.match(str(step.get("uses", ""))):
            changed = _with_own_artifact(changed, job_key, position, step)
    changed = _with_own_name(changed, job, job_key, list(matrix or ()))
    shards = list(range(1, shard_count + 1))
    if matrix is None and not strategy:
        # Results of the other shards are wanted when one fails.
        return with_value(changed, ("jobs", job_key, "strategy"), {"fail-fast": False, "matrix": {"shard": shards}})
    return with_value(changed, ("jobs", job_key, "strategy", "matrix", "shard"), shards)


def _with_own_artifact(text: str, job_key: str, position: int, step: Mapping[str, Any]) -> str:
    """Artifacts of one name from two jobs of a run are an error of the upload."""
    given = step.get("with")
    if not isinstance(given, Mapping):
        raise UnpatchableWorkflowFile(f"Step {position + 1} of job {job_key!r} uploads an artifact without a name.")
    path = ("jobs", job_key, "steps", position, "with", "name")
    name = given.get("name")
    if name is None:
        return with_value(text, path, f"artifact-{SHARD}")
    return text if "matrix.shard" in str(name) else with_text(text, path, lambda said: _appended(said, f"-{SHARD}"))


def _with_own_name(text: str, job: Mapping[str, Any], job_key: str, matrix_keys: list[str]) -> str:
    """A name in which the shard stands as one, so that all shards are one job over time."""
    name = job.get("name")
    path = ("jobs", job_key, "name")
    if name is not None:
        return with_text(text, path, lambda said: _appended(said, f" shard {SHARD}"))
    values = ", ".join(f"${{{{ matrix.{key} }}}}" for key in matrix_keys)
    return with_value(text, path, f"{job_key} ({values}) shard {SHARD}" if values else f"{job_key} shard {SHARD}")


def _appended(said: str, more: str) -> str:
    """Text with more at its end, inside its quotes."""
    quote = said[-1] if len(said) > 1 and said[0] == said[-1] and said[0] in "'\"" else ""
    return said.removesuffix(quote) + more + quote


def _steps(job: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    steps = job.get("steps")
    return [step if isinstance(step, Mapping) else {} for step in steps] if isinstance(steps, list) else []
