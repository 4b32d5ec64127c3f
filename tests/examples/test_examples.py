"""Every example, run as its first lines say."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.saved import flip, make_store

from podplanner.errors import ObjectCorruptError
from podplanner.models import load

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NEEDS = {
    "machine_learning": ("sklearn", "skops"),
    "deep_learning": ("torch",),
    "rule_based": (),
    "probabilistic": (),
    "fine_tune_series": ("torch",),
    "lora_adapter": ("torch", "transformers", "peft"),
}
PACKAGES = {"sklearn": "scikit-learn"}


def run(*words):
    """Run Python in the folder of a user who has just these files."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", *map(str, words)],
        capture_output=True, text=True, timeout=300, check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip


def need(name):
    for module in NEEDS[name]:
        pytest.importorskip(module, reason=f"needs {PACKAGES.get(module, module)}")


def test_every_example_is_tried():
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert scripts == {*NEEDS, "inference_service", "small_model", "whole_way"}


@pytest.mark.parametrize("name", NEEDS)
def test_it_trains_saves_and_infers_in_another_process(name, tmp_path):
    need(name)
    make_store(tmp_path / "store")
    script = EXAMPLES / f"{name}.py"
    trained = run(script, "train", tmp_path / "store")
    assert trained.returncode == 0, trained.stderr
    assert re.search(r"saved [a-z ]*examples/[a-z-]+:1\b", trained.stdout)
    inferred = run(script, "infer", tmp_path / "store")
    assert inferred.returncode == 0, inferred.stderr
    assert re.search(r"\nanswered by examples/[a-z-]+:1, digest [0-9a-f]{64}\n", inferred.stdout)
    answered = re.findall(r"^answered by (\S+), digest", inferred.stdout, re.MULTILINE)
    flip(tmp_path / "store")
    for reference in answered:
        with pytest.raises(ObjectCorruptError):
            load(reference, store=tmp_path / "store")


@pytest.mark.parametrize("name", ["rule_based", "probabilistic"])
def test_without_words_it_goes_the_whole_way_twice(name):
    done = run(EXAMPLES / f"{name}.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("a second process gave the same answers, bit for bit\n")
