"""What picks lines for the rules picks every line that a rule would read."""

import re

import polars as pl
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pipeline_etl.parsing.log_rules import RULES
from pipeline_etl.parsing.log_rules.failure_patterns import NEEDLES, PATTERNS
from pipeline_etl.parsing.log_rules.rule import lines_with
from tests.property.test_log_parsing import WORDS

ASCII = st.characters(min_codepoint=9, max_codepoint=126)
PHRASES = sorted({phrase for pattern in PATTERNS for phrase in pattern.phrases})
printed = st.lists(st.tuples(st.sampled_from(WORDS), st.booleans(), st.integers(1, 3)), max_size=30)


@pytest.mark.parametrize("phrase", PHRASES)
def test_whatever_a_phrase_fits_holds_a_needle(phrase: str) -> None:
    @settings(max_examples=4, deadline=None, database=None, phases=[Phase.generate])
    @given(st.from_regex(re.compile(phrase, re.IGNORECASE), alphabet=ASCII))
    def holds_a_needle(line: str) -> None:
        assert any(needle in line.lower() for needle in NEEDLES)

    holds_a_needle()


def test_needles_are_in_lower_case_and_none_is_for_nothing() -> None:
    assert [needle for needle in NEEDLES if needle != needle.lower()] == []
    assert [needle for needle in NEEDLES if any(other in needle for other in NEEDLES if other != needle)] == []


@given(printed)
def test_a_rule_reads_the_same_lines_whether_it_is_shown_all_or_those_it_looks_for(lines: list) -> None:
    shown = pl.DataFrame(
        {
            "job_id": sorted(job for _, _, job in lines),
            "line_number": range(len(lines)),
            "line_text": [text for text, _, _ in lines],
            "is_command": [is_command for _, is_command, _ in lines],
        },
        schema={"job_id": pl.Int64, "line_number": pl.Int64, "line_text": pl.String, "is_command": pl.Boolean},
    )
    for rule in RULES:
        if rule.looks_for is not None:
            picked = lines_with(shown, rule.looks_for)
            assert rule.hits(picked, before=shown.clear()).equals(rule.hits(shown, before=shown.clear()))
