"""What to change, with the evidence: rows of the marts become recommendations and patches of workflow files."""

from pipeline_etl.advice.advice import Advice, Confidence, Evidence, Gain, Kind
from pipeline_etl.advice.clean_up import Candidate, CleanUp, Held, Rules, clean_up, items_of
from pipeline_etl.advice.marts import CLEAN_UP_READS, SCALING_READS, read
from pipeline_etl.advice.node_ids import Durations, durations_of
from pipeline_etl.advice.plan import Plan, WorkflowFile, plan_of
from pipeline_etl.advice.proposal import Proposal, Row
from pipeline_etl.advice.scaling import scaling
from pipeline_etl.advice.shards import Terms
from pipeline_etl.advice.suite import Suite, suites_of

__all__ = [
    "CLEAN_UP_READS",
    "SCALING_READS",
    "Advice",
    "Candidate",
    "CleanUp",
    "Confidence",
    "Durations",
    "Evidence",
    "Gain",
    "Held",
    "Kind",
    "Plan",
    "Proposal",
    "Row",
    "Rules",
    "Suite",
    "Terms",
    "WorkflowFile",
    "clean_up",
    "durations_of",
    "items_of",
    "plan_of",
    "read",
    "scaling",
    "suites_of",
]
