"""An engine that is killed while a model is pushed or pulled; `make soak` does it 50 times."""

from support.engines.kills import Kills


def test_a_killed_engine_loses_nothing_and_is_waited_for(fresh_seaweedfs, tmp_path, monkeypatch):
    for name in ("PODPLANNER_S3_ENDPOINT", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                 "AWS_REGION", "AWS_EC2_METADATA_DISABLED"):  # fmt: skip
        # Set again by the rounds; this brings back what was there.
        monkeypatch.setenv(name, "")
    kills = Kills(fresh_seaweedfs, tmp_path, seed=7)
    try:
        rounds = [kills.push(), kills.pull()]
    finally:
        kills.close()
    for one in rounds:
        assert one.moved >= one.needed * 0.9, one
