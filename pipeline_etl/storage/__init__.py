"""What is kept: the lake that remembers, the ledger read from it, the warehouse made of it."""
