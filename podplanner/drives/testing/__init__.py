"""Self-tests: which drives are due, which may test now, how one is started and how it ended."""
