# Every task. Bare `make` prints this list. Logic is in pipeline_etl; a target is one line.
# Settings go on the command line or into pipeline_etl.toml: make generate-pipeline-report REPOSITORIES=owner/name

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON := .venv/bin/python
ETL := $(PYTHON) -m pipeline_etl
READY := .venv/.stamp
# WORKFLOW=, REPOSITORY=, SINCE= and FORMAT= reach the program as options, whatever characters are in them.
NARROWED := $${REPOSITORY:+--repository="$$REPOSITORY"} $${WORKFLOW:+--workflow="$$WORKFLOW"} $${SINCE:+--since="$$SINCE"} $${FORMAT:+--format="$$FORMAT"}
CHOSEN := $${REPOSITORY:+--repository="$$REPOSITORY"} $${FORMAT:+--format="$$FORMAT"}

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-29s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

generate-pipeline-report: $(READY) ## extract, load, transform, then write the report (the bundled sample if REPOSITORIES is not set)
	@$(ETL) generate-pipeline-report

pipeline-timing-report: $(READY) ## how long runs, jobs and steps take and what they wait for (WORKFLOW= REPOSITORY= SINCE= FORMAT=)
	@$(ETL) pipeline-timing-report $(NARROWED)

pipeline-timing-analysis: $(READY) ## why it is slow: critical path, blame, what-if (same options)
	@$(ETL) pipeline-timing-analysis $(NARROWED)

pipeline-performance-report: $(READY) ## durations, success, flakes, waits and trends on one page (same options)
	@$(ETL) pipeline-performance-report $(NARROWED)

resource-report: $(READY) ## CPU, memory, network and disk of each job, and machines of the wrong size (same options)
	@$(ETL) resource-report $(NARROWED)

analyze-pipeline-failures: $(READY) ## what fails, since when, where else, and how long until it is green (same options)
	@$(ETL) analyze-pipeline-failures $(NARROWED)

cache-analysis: $(READY) ## whether caches pay (same options)
	@$(ETL) cache-analysis $(NARROWED)

scale-pipeline-resources: $(READY) ## a plan for shards, limits and runners as a patch to look at (REPOSITORY= OUTPUT= CHECKOUT= DURATIONS_PATH=)
	@$(ETL) scale-pipeline-resources $(CHOSEN) $${OUTPUT:+--output="$$OUTPUT"} $${CHECKOUT:+--checkout="$$CHECKOUT"} $${DURATIONS_PATH:+--durations-path="$$DURATIONS_PATH"}

clean-artifacts: $(READY) ## old and large artifacts and caches, and what deleting them frees (OLDER_THAN= LARGER_THAN= KEEP_LATEST=; deletes with APPLY=1)
	@$(ETL) clean-artifacts $(CHOSEN) $${OLDER_THAN:+--older-than="$$OLDER_THAN"} $${LARGER_THAN:+--larger-than="$$LARGER_THAN"} $${KEEP_LATEST:+--keep-latest="$$KEEP_LATEST"} $(if $(filter 1,$(APPLY)),--apply)

check-alerts: $(READY) ## what is beyond its threshold; tells people when asked (DELIVER=slack,github SEVERITY=)
	@$(ETL) check-alerts $${DELIVER:+--deliver="$$DELIVER"} $${SEVERITY:+--severity="$$SEVERITY"}

resource-monitoring: $(READY) ## watch CPU, memory, disk and network of the jobs measured last (REPOSITORY=)
	@$(ETL) resource-monitoring $${REPOSITORY:+--repository="$$REPOSITORY"}

pipeline-metrics: $(READY) ## current metrics in Prometheus' text format
	@$(ETL) pipeline-metrics

serve-metrics: $(READY) ## the same at http://127.0.0.1:9464/metrics, read anew at every scrape
	@$(ETL) serve-metrics

extract: $(READY) ## fetch what is new from the CI service into the Parquet lake
	@$(ETL) extract

load: $(READY) ## load new lake files into the warehouse
	@$(ETL) load

transform: $(READY) ## build the dbt models in the warehouse
	@$(ETL) transform

nightly: $(READY) ## the whole job once, for cron: quiet unless something is wrong
	@$(ETL) nightly

serve-docs: $(READY) ## the documentation on http://127.0.0.1:8000: metrics, tables, lineage, recipes, operations
	@$(ETL) serve-docs

notebooks: $(READY) ## notebooks over the published warehouse: a tour, a flaky test, before and after a change
	@PYTHONPATH=. .venv/bin/marimo edit --host 127.0.0.1 notebooks

dev: $(READY) ## the Dagster UI on http://127.0.0.1:3000, with lineage, checks and the nightly schedule
	@$(ETL) dev

record: $(READY) ## write a redacted archive of REPOSITORIES that answers like the API
	@$(ETL) record

replay: $(READY) ## read the kept answers of the service again, after a version that reads them better (REPOSITORY=)
	@$(ETL) replay $${REPOSITORY:+--repository="$$REPOSITORY"}

settings: $(READY) ## show the settings in force
	@$(ETL) settings

contracts: $(READY) ## render docs and dbt sources anew from the declared tables
	@$(ETL) contracts

check: $(READY) ## format, lint, SQL lint, types, floors, rendered files, unit tests
	@.venv/bin/ruff format --check --quiet .
	@.venv/bin/ruff check --quiet .
	@PIPELINE_ETL_WAREHOUSE=:memory: .venv/bin/sqlfluff lint --disable-progress-bar --processes 2 dbt/models dbt/tests/*.sql
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(ETL) contracts --check
	@$(PYTHON) -m pytest -q -n 2 --dist loadfile tests/unit tests/architecture

test: $(READY) ## everything a fresh clone can run
	@$(PYTHON) -m pytest -q -n 2 --dist loadfile

benchmark: $(READY) ## time, memory and quality beside a floor or a rival (ONLY=parsers,commands for a part)
	@$(PYTHON) -m tests.benchmark

lock: $(READY) ## choose versions anew for pyproject.toml and write requirements.lock
	@.venv/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-strip-extras --python-version 3.11 --group dev --custom-compile-command 'make lock' pyproject.toml --output-file requirements.lock

clean: ## remove what can be made again: environment, caches, warehouse, reports (the lake stays)
	@rm -rf .venv dbt/target dbt/logs logs .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache data/warehouse.duckdb* data/reports

$(READY): requirements.lock
	@python3 -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Python 3.11 or later is needed; python3 is {}.{}.".format(*v))'
	@echo "Setting up .venv from requirements.lock (about a minute, once) ..."
	@rm -rf .venv && python3 -m venv .venv && .venv/bin/pip install --quiet --disable-pip-version-check --no-input --require-hashes --requirement requirements.lock && touch $@

.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*## .*/\1/p' $(firstword $(MAKEFILE_LIST)))
