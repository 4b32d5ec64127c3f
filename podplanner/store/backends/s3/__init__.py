"""A store in a bucket of any engine that speaks S3."""

from podplanner.store.backends.s3.backend import S3Backend
from podplanner.store.backends.s3.settings import S3Settings

__all__ = ["S3Backend", "S3Settings"]
