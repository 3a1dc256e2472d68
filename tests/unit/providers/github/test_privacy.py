import json

from hypothesis import given
from hypothesis import strategies as st

from pipeline_etl.providers.github import privacy

TOKEN = "ghp_" + "A1b2" * 9
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(min_value=-(2**53), max_value=2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
)


@given(answer=JSON)
def test_an_answer_without_secrets_is_kept_as_it_is(answer):
    assert json.loads(privacy.kept_json(json.dumps(answer).encode())) == answer


@given(before=st.text(max_size=10), after=st.text(max_size=10))
def test_a_secret_is_found_behind_any_escape_and_what_is_kept_is_json(before, after):
    text = f"{before}\n{TOKEN}\n{after}"
    kept = privacy.kept_json(json.dumps({"message": text}).encode())

    assert TOKEN not in kept
    assert "***" in json.loads(kept)["message"]


def test_a_secret_behind_an_escape_of_the_service_is_found():
    kept = privacy.kept_json(f'{{"title":"\\u003e{TOKEN}","body":"a\\tsomeone\\u0040example.com"}}'.encode())

    assert json.loads(kept) == {"title": ">***", "body": "a\t***"}


def test_a_run_is_kept_without_names_of_persons():
    account = {"login": "octocat", "id": 583231, "avatar_url": "https://avatars.example/u/583231"}
    signature = {"name": "Mona Lisa", "email": "mona@example.com"}
    run = {
        "id": 7,
        "actor": account,
        "triggering_actor": account,
        "head_commit": {"message": "fix", "author": signature, "committer": signature},
    }
    kept = privacy.kept_run(json.dumps(run).encode(), repository_id=1)

    assert not any(word in kept for word in ("octocat", "583231", "Mona", "mona@"))
    assert json.loads(kept)["head_commit"] == {"message": "fix"}
    assert json.loads(kept)["actor"] == json.loads(kept)["triggering_actor"]


def test_a_run_without_actor_and_commit_is_kept_too():
    run = {"id": 7, "actor": None, "head_commit": None}

    assert json.loads(privacy.kept_run(json.dumps(run).encode(), repository_id=1)) == run


@given(account=st.integers(min_value=1, max_value=2**53), repository=st.integers(min_value=1, max_value=2**53))
def test_a_pseudonym_stands_for_itself_fits_a_column_and_is_told_from_an_account(account, repository):
    once = privacy.pseudonym(account, repository_id=repository)

    assert -(2**63) <= once < 0
    assert privacy.pseudonym(once, repository_id=repository) == once
    assert once != privacy.pseudonym(account + 1, repository_id=repository)
    assert once != privacy.pseudonym(account, repository_id=repository + 1)


def test_the_token_that_comes_with_a_private_repository_is_not_kept():
    kept = privacy.kept_repository(b'{"id":1,"temp_clone_token":"AAAABBBB"}')

    assert json.loads(kept) == {"id": 1}
