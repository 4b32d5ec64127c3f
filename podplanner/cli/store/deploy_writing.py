"""Write a deployment: files to review, and keys that only their owner can read."""

from dataclasses import dataclass
from pathlib import Path

from podplanner.catalog.writers.files import write_whole
from podplanner.errors import ConflictError, OutputError, WrongUsageError
from podplanner.planning.deployment.credentials import Random, is_for_bucket, new_credentials
from podplanner.report.deployment import DeploymentReport
from podplanner.report.deployment_files import (
    IDENTITIES,
    DeployedFile,
    deployment_files,
    secret_files,
)

_SECRET_FOLDER = 0o700


@dataclass(frozen=True, slots=True)
class Written:
    """What was done below the output folder; paths are relative to it.

    Attributes:
        kept: Keys of an earlier run, which stay.
        readable: Kept keys that others than their owner may read.
        strangers: Pods of an earlier run that this one does not have.
    """

    folder: Path
    files: tuple[str, ...]
    kept: tuple[str, ...]
    readable: tuple[str, ...]
    strangers: tuple[str, ...]


def write_deployment(
    report: DeploymentReport, output: str, *, force: bool, new_keys: bool, random: Random
) -> Written:
    """Write every file, once nothing is in the way of any of them.

    Args:
        report: What is deployed.
        output: The folder.
        force: Whether files that are there may be replaced; keys are not among them.
        new_keys: Whether keys that are there are replaced too.
        random: Where new keys come from.

    Raises:
        OutputError: A file is there already, or cannot be written.
        ConflictError: The keys that are there are for another bucket.
        WrongUsageError: New keys are asked for without `force`.
    """
    if new_keys and not force:
        raise WrongUsageError("--new-credentials replaces keys that may be in use",
                              hint="Add --force, if that is meant.")  # fmt: skip
    folder = Path(output)
    files = deployment_files(report)
    secrets = secret_files(new_credentials(random), report.bucket)
    _refuse(folder, (*files, *secrets), force=force)
    there = () if new_keys else tuple(one for one in secrets if (folder / one.path).exists())
    _check_keys(folder, there, report.bucket)
    fresh = [one for one in (*files, *secrets) if one not in there]
    for one in fresh:
        _write(folder, one, force=force)
    pods = {pod.name for pod in report.pods}
    return Written(
        folder,
        tuple(one.path for one in fresh),
        tuple(one.path for one in there),
        tuple(one.path for one in there if (folder / one.path).stat().st_mode & 0o077),
        tuple(sorted(f"pods/{p.name}" for p in (folder / "pods").iterdir() if p.name not in pods)),
    )


def _refuse(folder: Path, files: tuple[DeployedFile, ...], *, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"{folder} is a file, not a folder", hint="Name a folder.")
    if force:
        return
    there = next((folder / one.path for one in files if (folder / one.path).exists()), None)
    if there is not None:
        raise OutputError(
            f"{there} is there already",
            hint="Add --force to write over it; the keys in `secret` stay even then.",
        )


def _check_keys(folder: Path, there: tuple[DeployedFile, ...], bucket: str) -> None:
    """Refuse keys of another bucket: a kept file must fit the rest."""
    if not any(one.path == IDENTITIES for one in there):
        return
    path = folder / IDENTITIES
    try:
        fits = is_for_bucket(path.read_text(encoding="utf-8"), bucket)
    except (OSError, UnicodeDecodeError) as error:
        raise OutputError(f"{path} cannot be read", hint="Check its permissions.") from error
    if not fits:
        raise ConflictError(
            f"the keys in {path} are not for the bucket {bucket}",
            hint="Name the bucket that they are for, or add --new-credentials to replace them.",
        )


def _write(folder: Path, one: DeployedFile, *, force: bool) -> None:
    path = folder / one.path
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if one.path.startswith("secret/"):
            path.parent.chmod(_SECRET_FOLDER)
    except OSError as error:
        raise OutputError(
            f"{path.parent} cannot be made: {error.strerror}", hint="Name another folder."
        ) from error
    write_whole(path, one.text.encode(), fresh=not force, mode=one.mode)
