"""Plan, build, check and run storage pods."""

__version__ = "0.1.0"
