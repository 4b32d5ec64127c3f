"""What is known of a training without asking: versions, the machine, seeds, where the code is.

Names of machines, containers and users are not recorded: a model is handed on, and whoever has it
need not know where it was made. Nothing is imported and no device is woken for this: a framework
is asked only when the program has it in use.
"""

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path

from podplanner.models.packages import installed_version

_GIB = 2**30
_UNKNOWN = "unknown"
_SEED_BITS = 32
# Of a seed that somebody chose. PyTorch begins a process with 64 random bits of its own, so that
# one in four thousand million of them looks chosen; numpy and Lightning take no longer seeds.
_MT19937_WORDS = 624
_MT19937_FACTOR = 1_812_433_253
# Source: Matsumoto and Nishimura, mt19937ar.c, `init_genrand`; numpy's `RandomState.seed(int)`.


def environment(versions: Mapping[str, str]) -> dict[str, str]:
    """Return versions of software and what the machine is, for the metadata of a version.

    Args:
        versions: Package -> version, of the framework.
    """
    found = {
        "python": platform.python_version(),
        "platform": platform.platform(terse=True),
        "podplanner": installed_version("podplanner") or _UNKNOWN,
        **versions,
        "cpu": _cpu(),
        "cpu_count": str(os.cpu_count() or _UNKNOWN),
        "memory": _memory(),
    }
    return {**found, **_gpus()}


def seeds() -> dict[str, int]:
    """Return the seeds of random numbers that can still be told, by the name of their generator.

    `torch`: what `torch.manual_seed` was given, if that is below 2^32; longer ones cannot be told
    from those that PyTorch chooses by itself. `numpy`: what `numpy.random.seed` was given, if no
    number has been drawn since; afterwards the generator does not know. `python_hash`: what
    PYTHONHASHSEED says. Python's own `random` and generators that a program made itself keep no
    seed; pass those as hyperparameters.
    """
    found = {"torch": _torch_seed(), "numpy": _numpy_seed(), "python_hash": _hash_seed()}
    return {name: seed for name, seed in found.items() if seed is not None}


def main_folder() -> Path:
    """Return the folder of the script that runs; of a prompt or notebook the working directory."""
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    return Path(script).absolute().parent if script else Path.cwd()


def _torch_seed() -> int | None:
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "initial_seed"):
        return None
    seed = int(torch.initial_seed())
    return seed if 0 <= seed < 2**_SEED_BITS else None


def _numpy_seed() -> int | None:
    random = sys.modules.get("numpy.random")
    if random is None:
        return None
    name, words, position = random.get_state()[:3]
    if name != "MT19937" or position != _MT19937_WORDS:
        return None
    # Right after seeding the second word follows from the first, which is the seed. It does not
    # once numbers have been drawn, nor for a seed of several numbers.
    first, second = int(words[0]), int(words[1])
    follows = (_MT19937_FACTOR * (first ^ (first >> 30)) + 1) % 2**32
    return first if second == follows else None


def _hash_seed() -> int | None:
    word = os.environ.get("PYTHONHASHSEED", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) <= 10 else None


def _cpu() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or platform.machine() or _UNKNOWN


def _memory() -> str:
    """Return the machine's memory in whole GiB: what is left of it differs at every start."""
    try:
        size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return _UNKNOWN
    return f"{round(size / _GIB)} GiB"


def _gpus() -> dict[str, str]:
    """Return the accelerators that PyTorch has in use in this process, and their driver.

    Only those: to ask for more would open the driver, after which a process cannot fork.
    """
    torch = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if torch is None or cuda is None or not cuda.is_initialized():
        return {}
    names = [str(cuda.get_device_name(number)) for number in range(cuda.device_count())]
    counted = [f"{names.count(name)} x {name}" for name in dict.fromkeys(names)]
    found = {"gpu": ", ".join(counted)} if counted else {}
    if runtime := getattr(getattr(torch, "version", None), "cuda", None):
        found["cuda"] = str(runtime)
    if driver := _nvidia_driver():
        found["gpu_driver"] = driver
    return found


def _nvidia_driver() -> str | None:
    try:
        text = Path("/proc/driver/nvidia/version").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # `NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun ...`
    words = text.splitlines()[0].split() if text else []
    return next((word for word in words if word[0].isdigit() and "." in word), None)
