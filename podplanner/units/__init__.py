"""Quantities that carry their unit."""
