"""What is read out of the lines of a job's log: one rule per table.

To read something new, write a rule beside these and add its line here.
"""

from typing import Final

from pipeline_etl.parsing.log_rules.artifact_uploads import ArtifactUploadsRule
from pipeline_etl.parsing.log_rules.build_cache import BuildCacheRule
from pipeline_etl.parsing.log_rules.cache import CacheRule
from pipeline_etl.parsing.log_rules.failures import FailuresRule
from pipeline_etl.parsing.log_rules.rule import LogRule
from pipeline_etl.parsing.log_rules.setup_steps import SetupStepsRule

RULES: Final[tuple[LogRule, ...]] = (
    CacheRule(),
    BuildCacheRule(),
    SetupStepsRule(),
    FailuresRule(),
    ArtifactUploadsRule(),
)
