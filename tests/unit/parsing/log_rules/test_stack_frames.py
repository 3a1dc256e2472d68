"""Where an error came from, as the languages print their stacks."""

import polars as pl
import pytest

from pipeline_etl.parsing.log_rules.stack_frames import (
    AFTER_ERROR,
    BEFORE_ERROR,
    LOOKS_LIKE_A_FRAME,
    top_frame,
)

PYTHON = [
    "Traceback (most recent call last):",
    '  File "/home/runner/work/shop/shop/src/shop/cart.py", line 12, in total',
    "    return round(price)",
    '  File "/opt/hostedtoolcache/Python/3.12.1/x64/lib/python3.12/decimal.py", line 3, in round',
    "    raise TypeError",
]
JAVA = [
    "\tat java.base/java.util.ArrayList.get(ArrayList.java:427)",
    "\tat org.junit.jupiter.api.AssertionUtils.fail(AssertionUtils.java:55)",
    "\tat app//com.shop.Cart.lambda$total$3(Cart.java:88)",
    "\tat com.shop.CartTest.sums(CartTest.kt:9)",
]
NODE = [
    "    at node:internal/process/task_queues:95:5",
    "    at expect (/home/runner/work/shop/shop/node_modules/expect/build/index.js:1:2)",
    "    at Object.<anonymous> (/home/runner/work/shop/shop/test/cart.test.ts:14:22)",
]
BARE_NODE = ["    at file:///home/runner/work/shop/shop/scripts/build.mjs:3:1"]
DOTNET = [
    "   at Xunit.Assert.Equal(Object a)",
    "   at Shop.CartTests.Sums(Int32 n) in /home/runner/work/shop/shop/CartTests.cs:line 12",
]
GO_PANIC = [
    "goroutine 7 [running]:",
    "\t/usr/local/go/src/runtime/panic.go:884 +0x212",
    "\t/home/runner/work/shop/shop/cart.go:31 +0x5d",
]
GO_TEST = ["    cart_test.go:12: total is 3"]
TESTIFY = ["    \tError Trace:\t/home/runner/work/shop/shop/cart_test.go:44"]
RUSTC = ["  --> src/cart.rs:10:5"]
RUST_BACKTRACE = [
    "             at /rustc/9fc6b431/library/std/src/panicking.rs:645:5",
    "             at ./src/cart.rs:7:9",
]
PYTEST = ["", "tests/test_cart.py:12: AssertionError"]
RUBY = [
    "     # /usr/local/bundle/gems/rspec-core-3.1/lib/rspec/core.rb:3:in `run'",
    "     # ./spec/cart_spec.rb:9:in `block (2 levels) in <top (required)>'",
]
AFTER = {
    "java": (JAVA, "Cart.java:app//com.shop.Cart.lambda$total$<n>"),
    "node": (NODE, "test/cart.test.ts:Object.<anonymous>"),
    "node without a function": (BARE_NODE, "scripts/build.mjs:"),
    ".net": (DOTNET, "CartTests.cs:Shop.CartTests.Sums"),
    "go panic": (GO_PANIC, "cart.go:"),
    "go test": (GO_TEST, "cart_test.go:"),
    "testify": (TESTIFY, "cart_test.go:"),
    "rustc": (RUSTC, "src/cart.rs:"),
    "rust backtrace": (RUST_BACKTRACE, "./src/cart.rs:"),
    "pytest": (PYTEST, "tests/test_cart.py:"),
    "ruby": (RUBY, "./spec/cart_spec.rb:block (<n> levels) in <top (required)>"),
}


def told(lines: list[str]) -> list[tuple[int, str]]:
    return list(enumerate(lines, start=1))


def test_a_python_error_is_told_last() -> None:
    assert top_frame(told(PYTHON[::-1]), []) == "src/shop/cart.py:total"


@pytest.mark.parametrize(("lines", "frame"), AFTER.values(), ids=AFTER)
def test_others_tell_the_error_first_and_the_innermost_call_next(lines: list[str], frame: str) -> None:
    assert top_frame([], told(lines)) == frame


def test_an_error_in_another_line_of_a_function_is_of_the_same_place() -> None:
    moved = [line.replace("line 12", "line 99") for line in PYTHON]

    assert top_frame(told(moved[::-1]), []) == top_frame(told(PYTHON[::-1]), [])


def test_the_nearer_of_two_stacks_is_that_of_the_error() -> None:
    later = [(distance + 9, line) for distance, line in told(NODE)]

    assert top_frame(told(PYTHON[::-1]), later) == "src/shop/cart.py:total"
    assert top_frame([(distance + 9, line) for distance, line in told(PYTHON[::-1])], told(NODE)) == AFTER["node"][1]


def test_a_stack_without_a_frame_of_our_own_has_none() -> None:
    assert top_frame([], told(JAVA[:2])) is None
    assert top_frame(told(PYTHON[:2:-1]), []) is None
    assert top_frame(told(["nothing", "of the kind"]), []) is None


@pytest.mark.parametrize("line", [line for lines, _ in [(PYTHON, ""), *AFTER.values()] for line in lines])
def test_both_engines_see_a_frame(line: str) -> None:
    is_frame = any(kind.match(line) for kind in (*BEFORE_ERROR, *AFTER_ERROR))

    assert pl.Series([line]).str.contains(LOOKS_LIKE_A_FRAME).item() or not is_frame
