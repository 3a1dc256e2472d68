"""What is deferred is loaded by its first use, and what does not exist is said at once."""

import pytest

from pipeline_etl.reports.deferred import deferred


def test_a_module_is_loaded_by_the_first_look_into_it(tmp_path, monkeypatch, capsys):
    (tmp_path / "told_of_loading.py").write_text("print('loaded')\nanswer = 42\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)

    module = deferred("told_of_loading")

    assert capsys.readouterr().out == ""
    assert module.answer == 42
    assert capsys.readouterr().out == "loaded\n"
    assert deferred("told_of_loading") is module


def test_a_module_that_does_not_exist_is_an_error_at_once():
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        deferred("no_such_module")
