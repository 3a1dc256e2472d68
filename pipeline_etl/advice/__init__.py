"""What to change, with the evidence: rows of the marts become recommendations and patches of workflow files."""

from pipeline_etl.advice.advice import Advice, Confidence, Evidence, Gain, Kind
from pipeline_etl.advice.marts import READS, read
from pipeline_etl.advice.node_ids import Durations, durations_of
from pipeline_etl.advice.plan import Plan, WorkflowFile, plan_of
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.scaling import scaling
from pipeline_etl.advice.shards import Terms
from pipeline_etl.advice.suite import Suite, suites_of

__all__ = [
    "READS",
    "Advice",
    "Confidence",
    "Durations",
    "Evidence",
    "Gain",
    "Kind",
    "Plan",
    "Proposal",
    "Row",
    "Suite",
    "Terms",
    "WorkflowFile",
    "durations_of",
    "plan_of",
    "read",
    "scaling",
    "suites_of",
]
