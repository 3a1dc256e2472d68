"""Time and memory, measured beside a floor in the same run; never a test."""
