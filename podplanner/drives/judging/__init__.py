"""Judging: a reading and a past in, a verdict with its evidence out, and nothing else."""

from podplanner.drives.judging.judge import assess

__all__ = ["assess"]
