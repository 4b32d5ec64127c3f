"""Certificates for a proxy that speaks TLS: good ones, expired ones, and for another name."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Authority:
    """A certificate authority that only those trust who are given its file."""

    def __init__(self) -> None:
        self._authority = trustme.CA()

    def write(self, path: Path) -> Path:
        """Write the certificate that clients must trust, and return its path."""
        self._authority.cert_pem.write_to_path(path)
        return path

    def server(self, *names: str) -> ssl.SSLContext:
        """Return what a server needs that goes by `names`: `localhost` and 127.0.0.1 if none."""
        return self._context(*names)

    def expired_server(self, *names: str) -> ssl.SSLContext:
        """Return the same with a certificate that ended yesterday."""
        return self._context(*names, not_after=datetime.now(UTC) - timedelta(days=1))

    def _context(self, *names: str, not_after: datetime | None = None) -> ssl.SSLContext:
        certificate = self._authority.issue_cert(
            *(names or ("localhost", "127.0.0.1")),
            not_before=datetime.now(UTC) - timedelta(days=30),
            not_after=not_after,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context
