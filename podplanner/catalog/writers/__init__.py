"""Bills written as files."""
