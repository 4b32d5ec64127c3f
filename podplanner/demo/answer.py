"""Ask a frozen model about pictures, in a process of its own.

    python -m podplanner.demo.answer demo/cat:prod picture.pgm --store podplanner-demo/store

It knows the store and the reference, and nothing else of the process that trained.
"""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from podplanner.demo.threads import one_thread
from podplanner.errors import FileAccessError, FormatError, PodplannerError

SCHEMA = "podplanner/demo-answer/1"


def main(arguments: list[str] | None = None) -> int:
    """Answer, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m podplanner.demo.answer", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("model", help="NAME[:VERSION|:ALIAS], such as demo/cat:prod")
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="raw PGM, 32 x 32 grey")
    parser.add_argument("--store", required=True, help="address of the store")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    said = parser.parse_args(arguments)
    one_thread()
    try:
        answer = ask(said.model, said.pictures, said.store)
    except PodplannerError as error:
        sys.stderr.write(f"error: {error.message}\n       {error.hint}".rstrip() + "\n")
        return error.exit_code
    lines = [json.dumps(answer)] if said.json else _lines(answer)
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0


def _lines(answer: dict[str, Any]) -> list[str]:
    """Return the answers in words; those of an unsure model say how unsure it is."""
    return [
        f"{answer['version']} ({answer['digest']}) answers",
        *(
            f"  {one['picture']}: {one['said']} ({max(one['probabilities']):.1%})"
            for one in answer["answers"]
        ),
    ]


def ask(reference: str, pictures: list[str], store: str) -> dict[str, Any]:
    """Return what a model says of pictures, and the digest of the model that said it.

    Each picture is asked about alone, so that its answer does not depend on the others.

    Raises:
        FileAccessError: A picture cannot be read.
        FormatError: A file is no picture that the network takes, or the model does not say which
            kinds it knows.
        StoreError, MissingPackageError: As `load`.
    """
    from podplanner.demo.files import picture_of
    from podplanner.demo.frameworks import learner_of
    from podplanner.models import origin
    from podplanner.store import open_store

    images = [picture_of(_read(name), name) for name in pictures]
    begun = time.perf_counter()
    version = open_store(store, read_only=True).show(reference)
    pinned = f"{version.record.model}:{version.record.number}"
    # From here on by its number: an alias may move between two looks.
    learner = learner_of(version.metadata.get("library_name"))
    model = learner.load(pinned, store)
    took = time.perf_counter() - begun
    kinds = _kinds(version.metadata, pinned)
    answers = []
    for name, image in zip(pictures, images, strict=True):
        probabilities = learner.probabilities(model, image[None])[0]
        answers.append({
            "picture": name, "said": kinds[int(probabilities.argmax())],
            "probabilities": [float(one) for one in probabilities],
            "bits": probabilities.tobytes().hex(),
        })  # fmt: skip
    return {
        "schema": SCHEMA, "reference": reference, "version": pinned,
        "digest": origin(model).digest, "kinds": kinds, "load_s": took, "answers": answers,
    }  # fmt: skip


def _read(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise FileAccessError(
            f"{name} cannot be read: {error.strerror}", hint="Name a picture."
        ) from error


def _kinds(metadata: dict[str, Any], name: str) -> list[str]:
    extra = metadata.get("extra")
    kinds = extra.get("kinds") if isinstance(extra, dict) else None
    if not isinstance(kinds, list) or not all(isinstance(kind, str) for kind in kinds):
        raise FormatError(
            f"{name} does not say which kinds of pictures it knows",
            hint="Ask a model that `podplanner demo` made.",
        )
    return kinds


if __name__ == "__main__":
    sys.exit(main())
