"""The CI warehouse a team can own."""
