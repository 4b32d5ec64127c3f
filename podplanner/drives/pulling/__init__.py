"""Which drive to pull next, and whether that is safe now."""
