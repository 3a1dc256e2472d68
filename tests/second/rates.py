"""The distribution of a rate: the share of it that lies below a value, by its continued fraction."""

from math import exp, lgamma, log
from typing import Final

TINY: Final = 1e-300


def share_below(rate: float, alpha: float, beta: float) -> float:
    """Share of Beta(alpha, beta) below a rate: the regularised incomplete beta function."""
    if rate <= 0 or rate >= 1:
        return float(rate >= 1)
    if rate > (alpha + 1) / (alpha + beta + 2):
        return 1 - share_below(1 - rate, beta, alpha)
    front = exp(lgamma(alpha + beta) - lgamma(alpha) - lgamma(beta) + alpha * log(rate) + beta * log(1 - rate)) / alpha
    # Lentz's evaluation from the top: numerators alternate between two laws.
    numerator, denominator = 1.0, 1 / _away(1 - (alpha + beta) * rate / (alpha + 1))
    fraction = denominator
    for step in range(1, 500):
        even = step * (beta - step) * rate / ((alpha + 2 * step - 1) * (alpha + 2 * step))
        odd = -(alpha + step) * (alpha + beta + step) * rate / ((alpha + 2 * step) * (alpha + 2 * step + 1))
        change = 1.0
        for term in (even, odd):
            denominator = 1 / _away(1 + term * denominator)
            numerator = _away(1 + term / numerator)
            change = denominator * numerator
            fraction *= change
        if abs(change - 1) < 1e-12:
            return front * fraction
    raise ArithmeticError(f"no share of Beta({alpha}, {beta}) below {rate}")


def _away(value: float) -> float:
    """Never 0, by which is divided."""
    return value if abs(value) > TINY else TINY


def is_upper_end(rate: float, alpha: float, beta: float) -> bool:
    """Whether 95 % lie below it, or below one that is 2.5 % higher or lower."""
    return share_below(rate / 1.025, alpha, beta) <= 0.95 <= share_below(rate * 1.025, alpha, beta)


def is_lower_end(rate: float, alpha: float, beta: float) -> bool:
    """Whether 5 % lie below one that is a little higher: the less is known, the more it is too low. Asked from 1 on."""
    if alpha < 1:
        return share_below(rate / 1.001, alpha, beta) <= 0.05
    least = 1 / (1 - (0.03 if alpha >= 2 else 0.235))
    return share_below(rate / 1.001, alpha, beta) <= 0.05 <= share_below(rate * least, alpha, beta)
