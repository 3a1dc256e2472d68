"""Bytes in, rows out; pure: no network, database, clock or file."""
