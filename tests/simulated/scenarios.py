"""CI histories as they come: what is true of a repository, and how often what goes wrong."""

from dataclasses import dataclass, replace
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What a repository is like; rates are per day, execution or test as the name says.

    Nothing here names a parameter of the score: histories are made without knowing who will judge them.
    """

    name: str
    seed: int = 1
    test_count: int = 500
    day_count: int = 36
    config_count: int = 3
    pushes_per_day: float = 5
    pull_requests_per_day: float = 2.5
    commits_per_pull_request: float = 4
    has_nightly: bool = True
    has_merge_queue: bool = False

    # What people do about a red run.
    rerun_ratio: float = 0.4
    try_count: int = 1

    # Flaky tests: how many, how often they fail, and how much a failure is like the next try of it.
    flaky_ratio: float = 0.06
    flaky_rate_low: float = 0.003
    flaky_rate_high: float = 0.2
    repeats_ratio: float = 0.1
    group_size: int = 1
    flaky_in_one_config_ratio: float = 0.0
    born_flaky_ratio: float = 0.1
    mended_ratio: float = 0.15

    # What is no flake and looks like one.
    blip_ratio: float = 1e-6
    outages_per_day: float = 0.3
    mass_outages_per_day: float = 0.1
    outage_test_ratio: float = 0.06
    external_breakages_per_day: float = 0.0
    main_breakages_per_day: float = 0.25
    main_breakage_commits: float = 4
    breaking_pull_request_ratio: float = 0.4
    config_breakages_per_day: float = 0.05
    born_ratio: float = 0.03
    removed_ratio: float = 0.03


EVERYDAY: Final = Scenario(name="everyday")

SCENARIOS: Final[tuple[Scenario, ...]] = (
    EVERYDAY,
    replace(EVERYDAY, name="rare flakes", seed=2, flaky_rate_low=0.0005, flaky_rate_high=0.01),
    replace(EVERYDAY, name="frequent flakes", seed=3, flaky_rate_low=0.03, flaky_rate_high=0.3),
    replace(EVERYDAY, name="flakes that fail together", seed=4, group_size=5, repeats_ratio=0.3),
    replace(
        EVERYDAY,
        name="long regressions",
        seed=5,
        main_breakages_per_day=0.8,
        main_breakage_commits=9,
        breaking_pull_request_ratio=0.6,
    ),
    replace(EVERYDAY, name="outages", seed=6, outages_per_day=2.0, mass_outages_per_day=0.7, rerun_ratio=0.7),
    replace(
        EVERYDAY,
        name="depends on the environment",
        seed=7,
        config_count=5,
        pushes_per_day=4,
        flaky_in_one_config_ratio=0.8,
        config_breakages_per_day=0.5,
    ),
    replace(
        EVERYDAY,
        name="births and removals",
        seed=8,
        born_flaky_ratio=0.6,
        mended_ratio=0.3,
        born_ratio=0.15,
        removed_ratio=0.15,
    ),
    replace(EVERYDAY, name="tries inside a report", seed=9, try_count=3, repeats_ratio=0.25),
    replace(EVERYDAY, name="hardly any re-runs", seed=10, rerun_ratio=0.03, has_nightly=False),
    replace(
        EVERYDAY, name="one configuration, no re-runs", seed=11, rerun_ratio=0.0, config_count=1, pushes_per_day=10
    ),
    replace(EVERYDAY, name="everything is run again", seed=12, rerun_ratio=0.95),
    replace(
        EVERYDAY,
        name="mostly pull requests",
        seed=13,
        pushes_per_day=3,
        pull_requests_per_day=5,
        breaking_pull_request_ratio=0.7,
    ),
    replace(EVERYDAY, name="merge queue", seed=14, has_merge_queue=True, pull_requests_per_day=3, pushes_per_day=1),
    replace(EVERYDAY, name="services of others break", seed=15, external_breakages_per_day=0.5, rerun_ratio=0.7),
    replace(EVERYDAY, name="small and quiet", seed=16, test_count=150, pushes_per_day=5, pull_requests_per_day=1),
)
