"""Advice has grounds, or it says which are missing."""

import json

import pytest

from pipeline_etl.advice.advice import Advice, Evidence, Gain, too_thin

GROUNDED = {
    "repository_name": "a/b",
    "subject": "CI, job test",
    "kind": "timeout",
    "action": "Set it.",
    "evidence": (Evidence(said="It hung."),),
    "confidence": "high",
}


def test_advice_without_grounds_says_what_is_missing():
    thin = too_thin("a/b", "CI, job test", "timeout", "needs 20 jobs, has 3")

    assert (thin.confidence, thin.missing, thin.gain) == ("none", "needs 20 jobs, has 3", None)


@pytest.mark.parametrize("changes", [{"confidence": "none"}, {"missing": "something"}])
def test_grounds_are_either_there_or_missing(changes):
    with pytest.raises(ValueError, match="grounds"):
        Advice(**{**GROUNDED, **changes})


def test_what_has_no_grounds_promises_nothing():
    gain = Gain(amount=1.0, unit="seconds", per="run")

    with pytest.raises(ValueError, match="promises nothing"):
        Advice(**{**GROUNDED, "confidence": "none", "missing": "something", "gain": gain})


def test_a_gain_lies_inside_its_interval():
    with pytest.raises(ValueError, match="does not lie"):
        Gain(amount=5.0, unit="seconds", per="run", low=6.0, high=7.0)


def test_all_of_it_is_json():
    said = json.loads(json.dumps(Advice(**GROUNDED, gain=Gain(amount=1.0, unit="usd", per="90 days")).as_json()))

    assert said["evidence"] == [{"said": "It hung.", "url": None}]
    assert said["gain"] == {"amount": 1.0, "unit": "usd", "per": "90 days", "low": None, "high": None}
