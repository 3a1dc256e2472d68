from pipeline_etl.contracts import vocabulary
from pipeline_etl.contracts.vocabulary import FINAL_STATES, FailureClass, ItemState, words


def test_words_keep_the_order_of_their_declaration() -> None:
    assert words(FailureClass)[0] == "runner_lost", "most fundamental first"
    assert words(FailureClass)[-1] == "unknown"


def test_what_is_still_owed_or_failed_is_not_final() -> None:
    assert set(words(ItemState)) > FINAL_STATES
    assert {"not_yet", "error"}.isdisjoint(FINAL_STATES)


def test_no_vocabulary_has_a_word_twice() -> None:
    lists = [words(value) for value in vars(vocabulary).values() if words(value)]

    assert len(lists) > 10
    assert all(len(found) == len(set(found)) for found in lists)
