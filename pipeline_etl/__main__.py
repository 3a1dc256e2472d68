"""``python -m pipeline_etl``."""

from pipeline_etl.cli import main

main()
