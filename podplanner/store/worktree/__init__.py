"""The user's directory: scanned for a push, and written for a pull."""
