"""What drives said before, kept in SQLite by model and serial number."""
