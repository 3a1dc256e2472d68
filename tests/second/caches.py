"""What was asked of caches, and what their hits save."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from statistics import fmean

from tests.second.attempts import Attempt, Job
from tests.second.lake import Row, known, latest, of_latest_parent, quantile, seconds, share

NEAR = timedelta(days=14)


def operations_of(lake: Path, attempts: dict[int, list[Attempt]]) -> list[tuple[Attempt, Job, Row]]:
    """What logs tell of the caches of executed jobs; that of a job carried over was told before."""
    executed = {job.key: (each, job) for own in attempts.values() for each in own for job in each.executed}
    return [
        (*executed[row["repository_id"], row["job_id"]], row)
        for row in of_latest_parent(lake, "cache_operations", "job_logs", "job_id")
        if (row["repository_id"], row["job_id"]) in executed
    ]


def lookups_of(lake: Path, attempts: dict[int, list[Attempt]]) -> dict[int, dict[tuple[int, int, int], list[Row]]]:
    """Repository and attempt → what its jobs asked of caches."""
    found = defaultdict(lambda: defaultdict(list))
    for attempt, _, row in operations_of(lake, attempts):
        if row["operation"] == "restore":
            found[row["repository_id"]][attempt.key].append(row)
    return found


@dataclass(frozen=True)
class Operation:
    """A lookup or a save with the step that needs what was looked up."""

    row: Row
    config: tuple[object, ...]
    slot: tuple[object, ...]
    dependent: float | None
    """Duration of the first later step that installs; null where it failed or there is none."""

    @property
    def seconds(self) -> float | None:
        return seconds(self.row["started_at"], self.row["completed_at"])


def operations_in_slots(lake: Path, attempts: dict[int, list[Attempt]]) -> list[Operation]:
    """A slot is a cache across runs: workflow, job name, step (the tool where steps are not listed) and key without its hash."""
    steps = defaultdict(dict)
    for row in latest(lake, "steps", "job_id", "step_number"):
        steps[row["repository_id"], row["job_id"]][row["step_number"]] = row
    found = []
    for attempt, job, row in operations_of(lake, attempts):
        own = steps.get(job.key, {})
        name = own.get(row["step_number"], {}).get("step_name", row["cache_tool"]).removeprefix("Post ")
        workflow = attempt.row["workflow_name"]
        installs = (
            step
            for number, step in sorted(own.items())
            if number > row["step_number"] and step["step_name"] == "Install dependencies"
        )
        step = next(installs, None)
        is_measured = step is not None and step["result"] != "failure"
        found.append(
            Operation(
                row,
                (workflow, job.row["job_name"], *sorted(job.row["runner_labels"])),
                (job.key[0], workflow, job.row["job_name"], name, _template(row["requested_key"])),
                seconds(step["started_at"], step["completed_at"]) if is_measured else None,
            )
        )
    return found


def _template(key: str) -> str:
    """The key without its hash."""
    return "-".join(part for part in key.split("-") if len(part) < 32)


def saving(misses: list[Operation], hits: list[Operation]) -> float | None:
    """Median over the pairs of a miss and a hit of one configuration (Hodges and Lehmann), from 3 misses and 5 hits on."""
    pairs = [
        (miss, hit)
        for miss, hit in product(misses, hits)
        if miss.dependent is not None
        and hit.dependent is not None
        and miss.config == hit.config
        and abs(miss.row["started_at"] - hit.row["started_at"]) <= NEAR
    ]
    if len({id(miss) for miss, _ in pairs}) < 3 or len({id(hit) for _, hit in pairs}) < 5:
        return None
    return quantile([miss.dependent - hit.dependent for miss, hit in pairs], 0.5, least=1)


def effectiveness(operations: list[Operation]) -> dict[tuple[object, ...], Row]:
    """Slot → what the mart should say of it over all history."""
    slots = defaultdict(list)
    for each in operations:
        slots[each.slot].append(each)
    found = {}
    for slot, own in slots.items():
        kinds = defaultdict(list)
        for each in own:
            if each.row["operation"] == "restore":
                kinds[each.row["cache_outcome"]].append(each)
        saves = [each for each in own if each.row["operation"] == "save"]
        count = Counter({kind: len(members) for kind, members in kinds.items()})
        lookups = [*kinds["exact"], *kinds["partial"], *kinds["miss"]]
        gain, partial_gain = saving(kinds["miss"], kinds["exact"]), saving(kinds["miss"], kinds["partial"])
        exact_ratio = share(count["exact"], len(lookups)) if len(lookups) >= 5 else None
        restore = [each.seconds for each in lookups]
        benefit = None
        if gain is not None and exact_ratio is not None:
            benefit = (
                exact_ratio * gain
                + count["partial"] / len(lookups) * (partial_gain or 0.0)
                - fmean(known(restore))
                - sum(known(each.seconds for each in saves)) / len(lookups)
            )
        found[slot] = {
            "lookup_count": len(lookups),
            "exact_count": count["exact"],
            "partial_count": count["partial"],
            "miss_count": count["miss"],
            "error_count": count["error"],
            "saved_count": sum(each.row["cache_outcome"] == "saved" for each in saves),
            "exact_ratio": exact_ratio,
            "restore_seconds_mean": fmean(known(restore)) if known(restore) else None,
            "saving_seconds": gain,
            "partial_saving_seconds": partial_gain,
            "net_benefit_seconds": benefit,
            "is_never_hit": len(lookups) >= 5 and count["exact"] + count["partial"] == 0,
        }
    return found


def missed_savings(lake: Path, operations: list[Operation]) -> dict[tuple[int, int], list[float | None]]:
    """Repository and job whose log was read → for each miss what a hit of the slot saves; null where nobody knows."""
    slots = effectiveness(operations)
    found: dict[tuple[int, int], list[float | None]] = {
        (row["repository_id"], row["job_id"]): [] for row in latest(lake, "job_logs", "job_id")
    }
    for each in operations:
        if each.row["cache_outcome"] == "miss":
            found[each.row["repository_id"], each.row["job_id"]].append(slots[each.slot]["saving_seconds"])
    return found
