"""Drives that are in use: what they say of themselves, what that means, and where they are."""
