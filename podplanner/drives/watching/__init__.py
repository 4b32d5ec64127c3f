"""What changed since the last round, and telling it: once, and to those who asked for it."""
