"""`podplanner demo`: run whole, twice, in processes of its own; what it says is tried again."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from unit.cli.running import podplanner

from podplanner.cli.app import VERBS
from podplanner.demo import answer
from podplanner.demo.files import pgm_of, picture_of
from podplanner.demo.folder import MARK, claimed
from podplanner.demo.frameworks import learner_for
from podplanner.demo.kinds import NAMES
from podplanner.demo.learning import Lesson, scaled
from podplanner.demo.network import NumpyLearner, _dropout, _new, _slopes
from podplanner.demo.pictures import draw
from podplanner.errors import ConflictError, FormatError, MissingPackageError, OutputError
from podplanner.models import Dataset, load, origin, read_feedback
from podplanner.store import open_store

THREADS = (
    "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS",
)  # fmt: skip
DEMO = [sys.executable, "-m", "podplanner", "demo", "--framework", "numpy"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder to run in, with a home and no parts of one's own."""
    place = tmp_path_factory.mktemp("demo")
    own = {name: str(place / name) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME")}
    return place, os.environ | own | {"PODPLANNER_PARTS": str(place / "none"), "COLUMNS": "80"}


@pytest.fixture(scope="module")
def runs(desk):
    """The whole demo, twice with one seed: once for a machine, once for a person."""
    place, environment = desk
    begun = [
        subprocess.Popen(
            [*DEMO, name, "--quick", "--no-open", *more], cwd=place, env=environment, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for name, more in (("one", ["--json"]), ("two", []))
    ]  # fmt: skip
    done = [(*one.communicate(timeout=200), one.returncode) for one in begun]
    for out, err, status in done:
        assert status == 0, out + err
    return done


@pytest.fixture(scope="module")
def told(runs):
    """The one JSON object."""
    out, err, _ = runs[0]
    assert err == ""
    found = json.loads(out)
    assert found["schema"] == "podplanner/demo/1"
    return found


@pytest.fixture
def store(desk):
    return str(desk[0] / "one" / "store")


def test_everything_that_it_names_is_there(desk, told):
    place, _ = desk
    for name in (told["page"], told["pod"]["page"], told["plan"]["page"], told["drives"]["page"]):
        assert (place / name).read_text(encoding="utf-8").startswith("<!doctype html>")
    page = (place / told["page"]).read_text(encoding="utf-8")
    assert set(re.findall(r'href="([^"#:]+\.html)"', page)) == {
        "pod.html", "plan.html", "drives.html"
    }  # fmt: skip
    assert json.loads((place / "one" / MARK).read_text())["finished"] is True


def test_the_same_seed_gives_the_same_versions_and_words(runs, told):
    words = runs[1][0]
    for one in told["trained"]:
        assert one["digest"] in words.replace("\n   ", " ")
    assert told["data"]["digest"] in words
    assert told["inference"]["digest"] in words
    steps = re.findall(r"^ ?(\d+)\. ", words, re.MULTILINE)
    assert steps == [str(number) for number in range(1, 13)]
    assert max(len(line) for line in words.splitlines() if "file://" not in line) <= 100


def test_the_pod_is_priced_planned_and_checked(told):
    assert told["pod"]["stated_total"] == "1942.59"
    assert told["pod"]["with_drives"] == "7342.60"
    assert told["plan"]["recommended_bytes"] < told["plan"]["raw_bytes"] == 45 * 4_000_787_030_016
    assert told["plan"]["wanted_bytes"] == 40 * 7_000_000_000 * 2 * 20
    assert told["drives"]["counts"] == {"REPLACE": 1, "WARNING": 1, "WATCH": 1, "OK": 42}
    assert told["drives"]["place"].startswith("bay 23 ")
    assert told["drives"]["safety"] == "SAFE TO PULL"


def test_the_accuracy_is_that_of_the_stored_version_on_pictures_that_it_never_saw(
    desk, told, store
):
    pictures = {
        name: dict(np.load(desk[0] / "one" / "pictures" / f"{name}.npz"))
        for name in told["data"]["counts"]
    }
    for said in told["trained"]:
        tensors = load(said["version"], store=store)
        table = np.zeros((len(NAMES), len(NAMES)), int)
        for light in ("day", "night"):
            held = pictures[f"held-out-{light}"]
            pixels = (held["images"].reshape(len(held["images"]), -1) / 255 - 0.5) / 0.25
            hidden = np.maximum(pixels @ tensors["hidden.weight"] + tensors["hidden.bias"], 0)
            guess = (hidden @ tensors["last.weight"] + tensors["last.bias"]).argmax(axis=1)
            right = (guess == held["labels"]).mean()
            assert right == pytest.approx(said["by_light"][light], abs=0.01)
            np.add.at(table, (held["labels"], guess), 1)
        # Sums in another order may turn a picture that is on the edge.
        assert np.abs(table - np.array(said["confusion"])).sum() <= 6
        assert said["accuracy"] == pytest.approx(np.trace(said["confusion"]) / table.sum())
        assert 2 / len(NAMES) < said["accuracy"] < 1
    seen = {one.tobytes() for name in ("train", "new") for one in pictures[name]["images"]}
    for name in ("choose-day", "choose-night", "held-out-day", "held-out-night"):
        assert not any(one.tobytes() in seen for one in pictures[name]["images"])


def test_the_second_version_shares_its_first_layer_and_is_the_child_of_the_first(told, store):
    first, second = told["trained"]
    one, two = load(first["version"], store=store), load(second["version"], store=store)
    assert np.array_equal(one["hidden.weight"], two["hidden.weight"])
    assert not np.array_equal(one["last.weight"], two["last.weight"])
    assert (first["parent"], second["parent"]) == (None, "demo/cat:1")
    assert first["new_bytes"] == first["total_bytes"]
    assert second["new_bytes"] < second["total_bytes"] / 50
    assert sum(array.size for array in two.values()) == second["parameters"]
    assert one["last.weight"].size + one["last.bias"].size == second["learned"]


def test_a_version_says_how_it_came_to_be(desk, told, store):
    shown = open_store(store, read_only=True).show("demo/cat:2")
    said = told["trained"][1]
    assert {name: float(value["decimal"] if isinstance(value, dict) else value)
            for name, value in shown.metadata["hyperparameters"].items()} == pytest.approx(
        said["hyperparameters"]
    )  # fmt: skip
    folder = desk[0] / "one" / "pictures"
    assert [one["digest"] for one in shown.metadata["datasets"]] == [
        Dataset.from_path(folder / f"{name}.npz").digest for name in ("train", "new")
    ]
    assert shown.metadata["extra"]["kinds"] == list(NAMES)


def test_the_better_one_is_promoted_and_answers_with_its_digest(told, store):
    best = max(told["trained"], key=lambda one: one["accuracy_to_choose_by"])
    assert told["promoted"] == told["inference"]["version"] == best["version"]
    assert told["inference"]["digest"] == best["digest"]
    assert origin(load("demo/cat:prod", store=store)).digest == best["digest"]
    assert told["inference"]["same_bits"] is True
    assert told["inference"]["processes"] == 2


def test_asked_again_it_gives_the_same_answer(desk, told, store, capsys, monkeypatch):
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    asked = [str(one) for one in sorted((desk[0] / "one" / "ask").glob("*.pgm"))]
    assert answer.main(["demo/cat:prod", *asked, "--store", store, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    before = {tuple(one["probabilities"].values()): one["said"]
              for one in told["inference"]["answers"]}  # fmt: skip
    after = {tuple(one["probabilities"]): one["said"] for one in found["answers"]}
    assert sorted(before.values()) == sorted(after.values())
    assert np.allclose(sorted(before), sorted(after), atol=1e-5)


@pytest.mark.parametrize(
    ("model", "data", "words"),
    [
        ("demo/cat:prod", b"P2 32 32 255\n", "no picture"),
        ("demo/cat:prod", b"P5 8 8 255\n" + bytes(64), "8 x 8"),
        ("demo/cat:prod", b"P5 32 32 255\n" + bytes(9), "9 bytes"),
        ("demo/dog:prod", pgm_of(np.zeros((32, 32), np.uint8)), "demo/dog"),
        ("demo/cat.feedback:1", pgm_of(np.zeros((32, 32), np.uint8)), "kinds"),
    ],
)
def test_a_wrong_question_is_refused_in_words(tmp_path, told, store, capsys, model, data, words):
    file = tmp_path / "question.pgm"
    file.write_bytes(data)
    assert answer.main([model, str(file), "--store", store]) > 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert words in said.err


def test_feedback_is_kept_beside_the_model_with_the_digest_that_answered(desk, told, store):
    records = list(read_feedback("demo/cat", store=store))
    assert len(records) == told["feedback"]["records"] == len(told["inference"]["answers"])
    assert {one.digest for one in records} == {told["inference"]["digest"]}
    asked = {(desk[0] / "one" / "ask" / f"{name}.pgm").read_bytes()
             for name in ("cat", "other", "hard")}  # fmt: skip
    assert {pgm_of(np.asarray(one.input)) for one in records} == asked
    wrong = [one for one in records if one.correction is not None]
    assert [(one.output, one.correction) for one in wrong] == [
        (told["feedback"]["said"], told["feedback"]["correction"])
    ]
    assert Dataset.from_feedback("demo/cat", store=store).digest == told["feedback"]["digest"]


# --- the folder ---


def contents(folder):
    return {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*")
            if one.is_file()}  # fmt: skip


def begun(folder, **more):
    """Begin a demo there, and fail in its middle."""
    with claimed(folder, **({"force": False, "keep": False} | more)):
        (folder / "pictures").mkdir()
        (folder / "pod.toml").write_text("half")
        raise RuntimeError("a step failed")


def test_a_step_that_fails_leaves_nothing(tmp_path):
    (tmp_path / "in").mkdir()
    with pytest.raises(RuntimeError):
        begun(tmp_path / "in" / "new")
    assert list((tmp_path / "in").iterdir()) == []
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(RuntimeError):
        begun(empty)
    assert list(empty.iterdir()) == []


def test_what_is_kept_says_that_it_is_not_finished(tmp_path):
    with pytest.raises(RuntimeError):
        begun(tmp_path / "new", keep=True)
    assert json.loads((tmp_path / "new" / MARK).read_text())["finished"] is False
    with pytest.raises(OutputError, match="not finished"):
        begun(tmp_path / "new")


def test_an_earlier_demo_stays_until_the_new_one_is_finished(tmp_path):
    (tmp_path / "in").mkdir()
    folder = tmp_path / "in" / "demo"
    with claimed(folder, force=False, keep=False):
        (folder / "pod.toml").write_text("the first")
    before = contents(folder)
    with pytest.raises(OutputError, match="demo already"):
        begun(folder)
    with pytest.raises(RuntimeError):
        begun(folder, force=True)
    assert contents(folder) == before
    with claimed(folder, force=True, keep=False):
        (folder / "pod.toml").write_text("the second")
    assert (folder / "pod.toml").read_text() == "the second"
    assert [one.name for one in folder.parent.iterdir()] == ["demo"]


@pytest.mark.parametrize("mark", [None, "{}", "[1]", "nonsense", '{"schema": "podplanner/demo/2"}'])
def test_what_is_not_its_own_is_never_written_over(tmp_path, mark):
    (tmp_path / "mine.txt").write_text("mine")
    if mark is not None:
        (tmp_path / MARK).write_text(mark)
    before = contents(tmp_path)
    with pytest.raises(OutputError, match="no demo's"):
        begun(tmp_path, force=True)
    assert contents(tmp_path) == before


def test_files_and_models_of_others_are_not_removed_with_a_demo(tmp_path, monkeypatch):
    from support.saved import make_store

    folder = tmp_path / "demo"
    with claimed(folder, force=False, keep=False):
        make_store(folder / "store").push(__file__, "team/mine")
    with pytest.raises(ConflictError, match="team/mine"):
        begun(folder, force=True)
    monkeypatch.chdir(folder)
    with pytest.raises(ConflictError, match="where you are"):
        begun(folder, force=True)
    assert open_store(folder / "store").models()[0].name == "team/mine"


def test_a_file_a_link_and_a_folder_that_is_not_there_are_refused(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("file", "link", "no/such"):
        with pytest.raises(OutputError):
            begun(tmp_path / name, force=True)
    assert (tmp_path / "file").read_text() == "mine"


def test_ctrl_c_and_a_full_disk_leave_nothing(desk):
    place, environment = desk
    running = subprocess.Popen(
        [*DEMO, "stopped", "--quick", "--json"], cwd=place, env=environment, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    # No file may grow beyond 400 kB, as where a disk is full; the pages are smaller, pictures not.
    full = subprocess.run(
        [*DEMO, "full", "--quick", "--json"], cwd=place, env=environment, text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000)),
        capture_output=True, timeout=100, check=False,
    )  # fmt: skip
    assert full.returncode == 8
    assert json.loads(full.stdout)["error"]["code"] == "output"
    deadline = time.monotonic() + 60
    while not (place / "stopped" / "pod.html").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert json.loads(out)["error"]["code"] == "interrupted"
    assert {"stopped", "full"} & {one.name for one in place.iterdir()} == set()


# --- what it is made of ---


def test_the_help_names_it_with_the_nouns():
    assert list(VERBS) == ["demo"]


def test_pictures_are_the_same_for_a_seed_and_as_many_of_each_kind():
    one, two = (draw(60, "day", np.random.default_rng(3)) for _ in range(2))
    other = draw(60, "day", np.random.default_rng(4))
    assert np.array_equal(one.images, two.images)
    assert not np.array_equal(one.images, other.images)
    assert np.bincount(one.labels).tolist() == [10] * len(NAMES)
    assert len({image.tobytes() for image in one.images}) == 60


def test_a_picture_comes_back_from_its_file():
    image = draw(6, "night", np.random.default_rng(1)).images[0]
    assert np.array_equal(picture_of(pgm_of(image), "x"), image)
    with pytest.raises(FormatError):
        picture_of(b"", "x")


def test_the_slopes_are_those_of_the_loss():
    random = np.random.default_rng(5)
    tensors = {name: array.astype(np.float64) for name, array in _new(12, random).items()}
    pictures = draw(12, "day", random)
    pixels = scaled(pictures.images).reshape(12, -1).astype(np.float64)
    kept = (random.random((12, 12)) > 0.4) / 0.6
    _, slopes = _slopes(tensors, pixels, pictures.labels, kept, ("hidden", "last"))
    for name, array in tensors.items():
        for place in random.integers(0, array.size, 5):
            before, step = array.flat[place], 1e-5
            losses = []
            for value in (before + step, before - step):
                array.flat[place] = value
                losses.append(_slopes(tensors, pixels, pictures.labels, kept, ())[0])
            array.flat[place] = before
            assert (losses[0] - losses[1]) / (2 * step) == pytest.approx(
                slopes[name].flat[place], abs=1e-6
            )


def test_dropout_leaves_out_its_share_and_keeps_the_sum():
    settings = NumpyLearner().settings(1, quick=True)
    kept = _dropout(settings, 400, np.random.default_rng(2))
    assert (kept == 0).mean() == pytest.approx(settings.dropout, abs=0.01)
    assert kept.mean() == pytest.approx(1, abs=0.02)
    assert len(np.unique(kept)) == 2


def test_without_pytorch_numpy_trains_and_pytorch_by_name_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert learner_for("auto").framework == "numpy"
    with pytest.raises(MissingPackageError) as missing:
        learner_for("torch")
    assert missing.value.hint == "Run `pip install torch`."
    for name in THREADS:
        monkeypatch.setenv(name, "1")
    done = podplanner("demo", "new", "--framework", "torch", "--json")
    assert (done.status, done.json["error"]["code"]) == (9, "missing-package")
    assert not Path("new").exists()


def test_pytorch_trains_tunes_only_the_last_layer_and_comes_back(tmp_path):
    torch = pytest.importorskip("torch", reason="needs torch")
    from support.saved import make_store

    from podplanner.models import save

    settings = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    try:
        _try_pytorch(make_store(tmp_path / "store"), save)
    finally:
        torch.set_num_threads(settings[0])
        torch.use_deterministic_algorithms(settings[1])


def _try_pytorch(store, save):
    learner = learner_for("torch")
    random = np.random.default_rng(6)
    pictures, watched = draw(300, "day", random), draw(60, "day", random)
    chosen = learner.settings(3, quick=True)
    heard = []
    lesson = Lesson(pictures, watched, chosen, lambda done, of: heard.append((done, of)))
    model, curve = learner.train(lesson)
    again, _ = learner.train(lesson)
    assert heard[: chosen.epochs] == [(one + 1, chosen.epochs) for one in range(chosen.epochs)]
    assert len(curve) == chosen.epochs
    answers = learner.probabilities(model, watched.images)
    assert np.array_equal(answers, learner.probabilities(again, watched.images))
    assert np.allclose(answers.sum(axis=1), 1, atol=1e-5)
    save(model, "demo/cat", store=store, hyperparameters=chosen.named())
    loaded = learner.load("demo/cat:1", store.address, trainable=True)
    assert np.array_equal(learner.probabilities(loaded, watched.images), answers)
    before = {name: one.detach().clone() for name, one in loaded.named_parameters()}
    learner.tune(loaded, lesson)
    changed = {name for name, one in loaded.named_parameters() if not one.equal(before[name])}
    last = f"{len(loaded) - 1}."
    assert changed == {f"{last}weight", f"{last}bias"}
    assert learner.last_layer(loaded) == sum(before[name].numel() for name in changed)
    assert learner.parameters(loaded) == sum(one.numel() for one in before.values())
    assert learner.first_layer(loaded).shape == (12, 5, 5)
