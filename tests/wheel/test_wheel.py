"""What is built is what runs: the wheel, in an environment of its own, far from the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel with the tools that are installed, from a copy of what git would carry."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, CHECKOUT],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (built,) = folder.glob("podplanner-*.whl")
    return built


@pytest.fixture(scope="module")
def program(wheel, tmp_path_factory):
    """Install the wheel in a fresh environment, and return a function that runs it there.

    What podplanner depends on is borrowed from this environment by a `.pth` file, without
    the `.pth` files of its own: they would bring the checkout in.
    """
    home = tmp_path_factory.mktemp("fresh")
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index",
         "--quiet", "--disable-pip-version-check", wheel],
        check=True, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    (packages,) = (home / "lib").glob("python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}

    def run(*words: str, inner: bool = False) -> subprocess.CompletedProcess[str]:
        command = [python, *words] if inner else [home / "bin" / "podplanner", *words]
        return subprocess.run(
            command, cwd=elsewhere, env=clean, capture_output=True, text=True, timeout=60
        )

    run.home, run.elsewhere = home, elsewhere
    return run


def test_the_program_that_runs_is_the_one_of_the_wheel(program):
    done = program("-c", "import podplanner; print(podplanner.__file__)", inner=True)
    assert Path(done.stdout.strip()).is_relative_to(program.home), done.stderr


def test_the_data_that_is_read_came_in_the_wheel(program):
    done = program(
        "-c", "from podplanner.resources import data_dir\n"
        "print(data_dir('bom'), data_dir('templates'), sep='\\n')", inner=True,
    )  # fmt: skip
    folders = [Path(row) for row in done.stdout.splitlines()]
    assert [folder.name for folder in folders] == ["bom", "templates"]
    for folder in folders:
        assert folder.is_relative_to(program.home)
        assert folder.parent.name == "_data"
        assert any(folder.iterdir())


def test_the_shipped_pods_are_listed(program):
    done = program("bom", "list", "--json")
    assert done.returncode == 0, done.stderr
    pods = json.loads(done.stdout)["pods"]
    assert "storage-pod-3.0" in [pod["name"] for pod in pods]
    assert all(Path(pod["file"]).is_relative_to(program.home) for pod in pods)


def test_a_shipped_pod_is_checked_with_its_three_totals(program):
    done = program("bom", "check", "storage-pod-3.0", "--json")
    assert done.returncode == 1
    totals = json.loads(done.stdout)["totals"]
    assert (totals["stated"], totals["lines"], totals["computed"]) == (
        "1942.59", "1942.60", "1977.15",
    )  # fmt: skip


@pytest.mark.parametrize("ending", ["html", "csv", "xlsx", "json", "md"])
def test_a_report_is_written_there(program, ending):
    done = program("bom", "report", "storage-pod-3.0", "-o", f"pod.{ending}")
    assert done.returncode == 0, done.stderr
    assert (program.elsewhere / f"pod.{ending}").stat().st_size > 1000


@pytest.mark.parametrize(
    ("words", "key"),
    [
        (("check",), "findings"),
        (("place", "--layout", "raidz2:15x3"), "bays"),
        (("cost", "--watts", "400"), "items"),
    ],
)
def test_plans_are_made_there(program, words, key):
    verb, *options = words
    done = program("plan", verb, "storage-pod-3.0", *options, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[key]


def test_a_page_of_a_plan_is_written_there(program):
    done = program(
        "plan", "report", "storage-pod-3.0", "-o", "plan.html", "--drive", "ST4000NM0033"
    )
    assert done.returncode == 0, done.stderr
    assert (program.elsewhere / "plan.html").stat().st_size > 50_000


def test_parts_of_the_catalog_are_found(program):
    done = program("bom", "parts", "backplane")
    assert "CFI-B53PM" in done.stdout


def test_the_version_is_that_of_the_wheel(program, wheel):
    done = program("--version")
    assert done.stdout.split() == ["podplanner", wheel.name.split("-")[1]]


def test_the_wheel_carries_the_package_its_data_and_its_licence_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert "podplanner" in tops
    assert all(top == "podplanner" or top.endswith(".dist-info") for top in tops)
    assert len(tops) == 2
    for unwanted in ("tests/", "docs/", "bench/", "out/", ".venv/", "__pycache__"):
        assert not any(unwanted in name for name in names), unwanted
    assert any(name.endswith("LICENSE") for name in names)
    assert "podplanner/py.typed" in names


@pytest.mark.parametrize("folder", ["bom", "templates"])
def test_every_data_file_travels(wheel, folder):
    prefix = f"podplanner/_data/{folder}/"
    names = zipfile.ZipFile(wheel).namelist()
    carried = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    there = {
        file.relative_to(CHECKOUT / folder).as_posix()
        for file in (CHECKOUT / folder).rglob("*") if file.is_file()
    }  # fmt: skip
    assert carried == there


def test_the_wheel_says_what_it_needs(wheel):
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    metadata = archive.read(name).decode()
    assert "Requires-Python: >=3.11" in metadata
    for library in ("typer", "pydantic", "jinja2", "tomlkit", "openpyxl", "lxml"):
        assert f"Requires-Dist: {library}" in metadata


def test_the_sample_pod_is_judged_and_its_page_written(program):
    done = program("drive", "check", "--from", "lab-pod")
    assert (done.returncode, done.stderr.count("Traceback")) == (2, 0), done.stderr
    assert "REPLACE  bay 23" in done.stdout
    page = program("drive", "report", "--from", "lab-pod", "-o", "drives.html")
    assert page.returncode == 0, page.stderr
    assert "<svg" in (program.elsewhere / "drives.html").read_text(encoding="utf-8")
    units = program("drive", "watch", "--print-units")
    assert units.returncode == 0, units.stderr
    assert "StateDirectory=podplanner" in units.stdout
