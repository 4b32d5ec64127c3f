"""Kill an engine at random moments of pushes and pulls, and find that nothing is lost by it.

Usage: python tests/soak/engine_soak.py [--kills 50] [--seed N]

Each round starts a push or a pull as a command of its own, kills SeaweedFS with SIGKILL after a
random time, looks at what is to be seen meanwhile, and starts it again. It prints one line a
round and ends with an error at the first broken promise (tests/support/engines/kills.py).
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from support.engines.kills import Kills, Round
from support.engines.seaweedfs import SeaweedFs


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with SeaweedFs() as server, tempfile.TemporaryDirectory() as folder:
        kills = Kills(server, Path(folder), arguments.seed)
        rounds: list[Round] = []
        try:
            while len(rounds) < arguments.kills:
                rounds.append(kills.push() if len(rounds) % 2 == 0 else kills.pull())
                print(len(rounds), rounds[-1], flush=True)
        finally:
            kills.close()
            print(f"{len(rounds)} of {arguments.kills} kills survived; --seed {arguments.seed}")
    for what in ("push", "pull"):
        some = [one for one in rounds if one.what == what]
        hit = [one for one in some if one.hit]
        again, needed = sum(one.again for one in some), sum(one.needed for one in some)
        print(
            f"{what}: {len(some)} kills, {len(hit)} while it was under way, "
            f"{sum(one.runs == 1 for one in hit)} went on by themselves, "
            f"{sum(one.runs > 1 for one in some)} were run again; "
            f"{again / 1e6:.1f} MB of {needed / 1e6:.1f} moved more than once"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
