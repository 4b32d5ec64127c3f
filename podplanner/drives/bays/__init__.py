"""Which drive is in which bay: what the system sees, what the map says, where they differ."""
