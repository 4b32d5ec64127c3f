"""An engine that is killed while a model is pushed or pulled; `make soak` does it 50 times."""

from support.engines.kills import Kills


def test_a_killed_engine_loses_nothing_and_is_waited_for(fresh_seaweedfs, tmp_path):
    kills = Kills(fresh_seaweedfs, tmp_path, seed=7)
    try:
        rounds = [kills.push(), kills.pull()]
    finally:
        kills.close()
    for one in rounds:
        assert one.moved >= one.needed * 0.9, one
