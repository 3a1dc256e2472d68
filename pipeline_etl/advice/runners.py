"""Which runner a job should have, and how much memory its container."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pipeline_etl.advice.advice import Advice, Evidence, Gain, too_thin
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.sharded_workflow import job_of
from pipeline_etl.advice.workflow_edit import with_value
from pipeline_etl.errors import UnpatchableWorkflowFile
from pipeline_etl.wording import byte_size, plural

STANDARD_LABELS: Final[Mapping[str, str]] = {"linux": "ubuntu-latest", "windows": "windows-latest"}
"""Kind of runner → the label every repository has for it. Larger runners have the names their owners gave them."""

ADVISED: Final[Mapping[str, str]] = {
    "size_down": "Take a smaller runner",
    "size_up": "Take a larger runner",
    "memory_up": "Take a runner with more memory",
    "disk_full": "Clear the disk, or take a runner with a larger one",
}
"""Rule of rpt_right_sizing → what to do."""

MIB: Final = 2**20

_MEMORY: Final = re.compile(r"(?:(?<=\s)|^)(?:--memory|-m)[ =]\S+")

Labels = Mapping[str, str]
"""Kind of runner, as the bill calls it → label of ``runs-on``."""

Declared = tuple[str, str]
"""Path of a workflow file and key of a job in it."""


def runners(sizes: Iterable[Row], jobs: Iterable[Row], *, labels: Labels) -> list[Proposal]:
    """What rpt_right_sizing advises, for the declared jobs that dim_jobs says its configurations belong to."""
    declared = _declared(jobs)
    legs: defaultdict[tuple[str, str, str], list[Row]] = defaultdict(list)
    missing: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in sizes:
        path, key = declared.get(row["job_config_id"], ("", row["job_name"]))
        if row["missing_text"] is not None:
            missing[row["repository_name"], row["workflow_name"]].append(row)
        else:
            legs[row["repository_name"], path, key].append(row)
    proposals = [
        proposal for (_, path, key), rows in legs.items() if (proposal := _runner(path, key, rows, labels)) is not None
    ]
    return [*proposals, *(_unknown(*key, rows) for key, rows in missing.items())]


def container_limits(sizes: Iterable[Row], jobs: Iterable[Row], containers: Collection[Declared]) -> list[Proposal]:
    """Limits for the containers that jobs run in: what the leg that held most ever held, and a fifth more."""
    declared = _declared(jobs)
    legs: defaultdict[Declared, list[Row]] = defaultdict(list)
    for row in sizes:
        place = declared.get(row["job_config_id"])
        is_known = row["missing_text"] is None and row["container_memory_bytes"] is not None
        if place is not None and place in containers and is_known:
            legs[place].append(row)
    return [_container(path, key, rows) for (path, key), rows in legs.items()]


def _declared(jobs: Iterable[Row]) -> dict[str, Declared]:
    return {
        row["job_config_id"]: (row["workflow_path"], row["workflow_job_key"])
        for row in jobs
        if row["workflow_job_key"] is not None
    }


def _runner(path: str, key: str, rows: Sequence[Row], labels: Labels) -> Proposal | None:
    """Legs share one ``runs-on``: the one that needs most decides, and a smaller one has to do for all."""
    to_change = [row for row in rows if row["sizing_rule"] in ADVISED]
    growing = [row for row in to_change if row["sizing_rule"] != "size_down"]
    if not to_change or (not growing and len(to_change) < len(rows)):
        return None
    row = max(growing or to_change, key=lambda each: each["memory_bytes_max"] or 0)
    sku = row["advised_sku_name"]
    savings = [each["predicted_saving_usd"] for each in to_change]
    return Proposal(
        advice=Advice(
            repository_name=row["repository_name"],
            subject=f"{row['workflow_name']}, job {key}",
            kind="runner",
            action=f"{ADVISED[row['sizing_rule']]}" + (f": {sku}" if sku else "") + f" (now {row['sku_name']}).",
            evidence=tuple(_evidence(each) for each in to_change),
            gain=None if None in savings else Gain(amount=float(sum(savings)), unit="usd", per="30 days at list price"),
            confidence=row["confidence"],
        ),
        workflow_path=path if path and sku else None,
        change=partial(_with_runner, job_key=key, sku=sku, label=labels.get(sku)) if path and sku else None,
    )


def _with_runner(text: str, *, job_key: str, sku: str, label: str | None) -> str:
    if label is None:
        raise UnpatchableWorkflowFile(
            f"Which label a runner of kind {sku} has is for its owner to say: --runner-label {sku}=LABEL."
        )
    stated = job_of(text, job_key).get("runs-on")
    if not isinstance(stated, str) or "${{" in stated:
        raise UnpatchableWorkflowFile(f"runs-on of job {job_key!r} is an expression, a list or a group.")
    return with_value(text, ("jobs", job_key, "runs-on"), label)


def _container(path: str, key: str, rows: Sequence[Row]) -> Proposal:
    row = max(rows, key=lambda each: each["container_memory_bytes"])
    mebibytes = row["container_memory_bytes"] // MIB
    return Proposal(
        advice=Advice(
            repository_name=row["repository_name"],
            subject=f"{row['workflow_name']}, container of job {key}",
            kind="runner",
            action=f"Limit its memory to {mebibytes} MiB.",
            evidence=tuple(_evidence(each) for each in rows),
            confidence=row["confidence"],
        ),
        workflow_path=path,
        change=partial(_with_memory, job_key=key, mebibytes=mebibytes),
    )


def _with_memory(text: str, *, job_key: str, mebibytes: int) -> str:
    container: Any = job_of(text, job_key).get("container")
    limit = f"--memory {mebibytes}m"
    if isinstance(container, str):
        return with_value(text, ("jobs", job_key, "container"), {"image": container, "options": limit})
    if not isinstance(container, Mapping):
        raise UnpatchableWorkflowFile(f"Job {job_key!r} runs in no container.")
    options = str(container.get("options") or "")
    changed = _MEMORY.sub(limit, options) if _MEMORY.search(options) else f"{options} {limit}".strip()
    return with_value(text, ("jobs", job_key, "container", "options"), changed)


def _evidence(row: Row) -> Evidence:
    processor = row["job_cpu_ratio_p95"]
    used = "" if processor is None else f", {100 * processor:.0f} % of its processors at the 95th percentile"
    held = "" if row["memory_bytes_max"] is None else f"held {byte_size(row['memory_bytes_max'])} at most"
    of_all = "" if row["memory_ratio_max"] is None else f", {100 * row['memory_ratio_max']:.0f} % of its memory"
    return Evidence(said=f"{row['job_name']} {held}{of_all}{used} ({plural(row['watched_job_count'], 'job')}).")


def _unknown(repository_name: str, workflow_name: str, rows: Sequence[Row]) -> Proposal:
    names = f"runners of {plural(len(rows), 'job')}"
    missing = f"{rows[0]['job_name']} {rows[0]['missing_text']}"
    return Proposal(advice=too_thin(repository_name, f"{workflow_name}, {names}", "runner", missing))
