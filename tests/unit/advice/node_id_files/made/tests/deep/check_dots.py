"""Made to be hard to name: nested classes, parameters that hold colons and brackets, one name in two classes."""

import pytest


def test_plain():
    pass


@pytest.mark.parametrize("word", ["a::b", "c[d]", "e f", ""])
def test_parameters(word):
    pass


class TestOuter:
    def test_same(self):
        pass

    class TestInner:
        def test_same(self):
            pass

        @pytest.mark.parametrize("number", [1, 2])
        def test_numbers(self, number):
            pass
