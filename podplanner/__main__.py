"""Run podplanner as ``python -m podplanner``."""

from podplanner.cli.start import main

if __name__ == "__main__":
    main()
