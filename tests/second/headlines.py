"""The first page of the report, and the weeks of workflows."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil, floor, sqrt

from tests.second.attempts import Attempt, Window
from tests.second.lake import Row, known, median, monday, percentile_95, quantile, share

WEEK = timedelta(days=7)


def exact_share(lookups: list[Row]) -> tuple[float | None, int]:
    """Exact hits by lookups, and lookups; errors and looks without a download are none."""
    outcomes = Counter(row["cache_outcome"] for row in lookups)
    count = sum(outcomes[word] for word in ("exact", "partial", "miss"))
    return share(outcomes["exact"], count), count


def headlines(
    attempts: list[Attempt], lookups: dict[tuple[int, int, int], list[Row]], window: Window
) -> dict[str, float | None]:
    """Name of a headline → its number in a window."""
    inside = [each for each in attempts if window.holds(each.row["created_at"])]
    firsts = [each for each in inside if each.is_first]
    lasts = [each for each in inside if each.is_last]
    judged = [each for each in firsts if each.counts]
    ended = [each for each in lasts if each.counts]
    walls = [each.wall for each in judged]
    queues = [job.queue for each in inside for job in each.executed]
    exact, _ = exact_share([row for each in inside for row in lookups.get(each.key, ())])
    return {
        "run_count": len(firsts) or None,
        "success_ratio": share(sum(each.succeeded for each in ended), len(ended)),
        "first_attempt_success_ratio": share(sum(each.succeeded for each in judged), len(judged)),
        "rerun_ratio": share(sum(not each.is_last for each in firsts), len(firsts)),
        "wall_seconds_p50": median(walls),
        "wall_seconds_p95": percentile_95(walls),
        "lead_seconds_p50": median(each.lead for each in ended),
        "queued_seconds_p50": median(queues),
        "queued_seconds_p95": percentile_95(queues),
        "cache_exact_ratio": exact,
    }


@dataclass(frozen=True)
class Week:
    """What is counted of the runs of one week."""

    attempts: list[Attempt]
    lookups: list[Row]
    executions: list[Row]
    """Tests executed, skipped ones left out."""

    @property
    def walls(self) -> list[float]:
        return sorted(known(each.wall for each in self.attempts if each.is_headline))

    @property
    def interval(self) -> tuple[float | None, float | None]:
        """Of the median, 90 %: the values at ranks n/2 ± 0.823·√n, outwards."""
        walls, count = self.walls, len(self.walls)
        if count < 5:
            return None, None
        half = 0.823 * sqrt(count)
        low, high = max(1, floor(count / 2 - half)), min(count, 1 + ceil(count / 2 + half))
        return walls[low - 1], walls[high - 1]

    @property
    def like_runs(self) -> dict[tuple[str, str], list[float]]:
        """Class of branches and event → wall times, of five runs or more."""
        found = defaultdict(list)
        for each in self.attempts:
            if each.is_headline and each.wall is not None:
                found[each.branch_class, each.row["event"]].append(each.wall)
        return {key: walls for key, walls in found.items() if len(walls) >= 5}

    def row(self) -> Row:
        decided = [each for each in self.attempts if each.is_last and each.counts]
        successes = sum(each.succeeded for each in decided)
        firsts = [each for each in self.attempts if each.is_first]
        queues = [job.queue for each in self.attempts for job in each.executed]
        middle = median(self.walls)
        deviation = None if middle is None else median(abs(wall - middle) for wall in self.walls)
        low, high = wilson(successes, len(decided))
        exact, lookup_count = exact_share(self.lookups)
        return {
            "run_count": len(firsts),
            "wall_seconds_p50": middle,
            "wall_seconds_p50_low": self.interval[0],
            "wall_seconds_p50_high": self.interval[1],
            "wall_seconds_p95": percentile_95(self.walls),
            "wall_seconds_mad": None if deviation is None else 1.4826 * deviation,
            "success_ratio": share(successes, len(decided)),
            "success_ratio_low": low,
            "success_ratio_high": high,
            "decided_run_count": len(decided),
            "queued_seconds_p50": median(queues),
            "queued_seconds_p95": percentile_95(queues),
            "queued_job_count": len(known(queues)),
            "rerun_ratio": share(sum(not each.is_last for each in firsts), len(firsts)),
            "bad_execution_ratio": share(sum(row["is_bad"] for row in self.executions), len(self.executions)),
            "test_execution_count": len(self.executions),
            "cache_exact_ratio": exact,
            "cache_lookup_count": lookup_count,
        }


def wilson(successes: int, count: int) -> tuple[float | None, float | None]:
    """Wilson's interval of a share, 95 %."""
    if not count:
        return None, None
    part, z = successes / count, 1.96
    centre = (part + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(part * (1 - part) / count + z * z / (4 * count * count))
    return max(0.0, centre - half), min(1.0, centre + half)


def changes(now: Week, before: Week, *, is_base_known: bool, are_complete: bool) -> Row:
    """What a week says against the one before."""
    middle, middle_before = median(now.walls), median(before.walls)
    row: Row = {"wall_change_ratio": None, "is_wall_change_shown": False, "mix_adjusted_change_seconds": None}
    if middle is not None and middle_before is not None:
        row["wall_change_ratio"] = middle / middle_before - 1 if middle_before else None
        halves = [(week.interval[1] - week.interval[0]) / 2 for week in (now, before)]
        row["is_wall_change_shown"] = (
            min(len(now.walls), len(before.walls)) >= 10
            and are_complete
            and is_base_known
            and abs(middle - middle_before) > max(1, sqrt(halves[0] ** 2 + halves[1] ** 2))
        )
    like, like_before = now.like_runs, before.like_runs
    both = sorted(set(like) & set(like_before))
    if both:
        middles = {key: (quantile(like[key], 0.5, least=1), quantile(like_before[key], 0.5, least=1)) for key in both}
        row["mix_adjusted_change_seconds"] = sum(
            len(like_before[key]) * (middles[key][0] - middles[key][1]) for key in both
        ) / sum(len(like_before[key]) for key in both)
    return row


def weekly_trends(
    attempts: list[Attempt],
    lookups: dict[tuple[int, int, int], list[Row]],
    executions: list[Row],
    as_of_at: datetime,
) -> dict[tuple[int, str, date], Row]:
    """Workflow, class of branches and Monday → its row. Every week from the workflow's first on has one."""
    of_run = defaultdict(list)
    for row in executions:
        if row["outcome"] != "skipped":
            of_run[row["run_id"]].append(row)
    series = defaultdict(lambda: defaultdict(list))
    firsts: dict[int, date] = {}
    for each in attempts:
        workflow, week = each.row["workflow_id"], monday(each.row["created_at"])
        firsts[workflow] = min(week, firsts.get(workflow, week))
        for name in (each.branch_class, "all"):
            series[workflow, name][week].append(each)
    found = {}
    for (workflow, name), weeks in series.items():
        before: Week | None = None
        start = firsts[workflow]
        while start <= monday(as_of_at):
            own = weeks.get(start, [])
            now = Week(
                own,
                [row for each in own for row in lookups.get(each.key, ())],
                [row for each in own if each.is_first for row in of_run[each.row["run_id"]]],
            )
            end = datetime.combine(start, datetime.min.time(), tzinfo=as_of_at.tzinfo) + WEEK
            is_complete = end + timedelta(days=1) <= as_of_at
            change = changes(
                now,
                before or Week([], [], []),
                is_base_known=start - WEEK > firsts[workflow],
                are_complete=is_complete,
            )
            found[workflow, name, start] = {
                "iso_week": "{}-W{:02}".format(*start.isocalendar()[:2]),
                "is_week_complete": is_complete,
                **now.row(),
                **change,
            }
            before, start = now, start + WEEK
    return found
