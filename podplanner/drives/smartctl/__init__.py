"""Readings through smartctl: its processes, its JSON, and how many run at once."""
