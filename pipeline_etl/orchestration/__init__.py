"""The only room that knows Dagster: assets, checks, jobs, the schedule, and running them."""
