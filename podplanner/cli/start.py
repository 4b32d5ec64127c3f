"""Where the program starts: with so little loaded that Ctrl-C meets words from the first moment."""

import os
import sys

_INTERRUPTED = 130
# What shells report for a program that SIGINT ended: 128 + 2; as `app` says it later.


def main() -> None:
    """Load the command line and run it."""
    try:
        from podplanner.cli.app import main as run
    except KeyboardInterrupt:
        _say_interrupted()
        # Past the clean-up of half-loaded modules, which have nothing to clean.
        os._exit(_INTERRUPTED)
    run()


def _say_interrupted() -> None:
    words = "interrupted; nothing was begun"
    try:
        if "--json" in sys.argv[1:]:
            os.write(1, b'{"schema": "podplanner/error/1", "error": {"code": "interrupted", '
                        b'"message": "%s", "hint": ""}}\n' % words.encode())  # fmt: skip
        else:
            os.write(2, f"error: {words}\n".encode())
    except OSError:
        # Nobody listens.
        return
