"""A made-up run of the demo, as its page takes it."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from podplanner.report.story_values import (
    AnswerPart,
    CurvePoint,
    DataPart,
    DrivesPart,
    FeedbackPart,
    InferencePart,
    Picture,
    PlanPart,
    PodPart,
    Story,
    StoryCommand,
    Tile,
    VersionPart,
)

KINDS = ("cat", "dog", "cup")
DIGEST = "0123456789abcdef" * 4


def picture(kind: str, light: str = "day", side: int = 32) -> Picture:
    """Return a picture of stripes."""
    return Picture(bytes(range(0, side * 7, 7)) * side, side, kind, light)


def version(number: int, *, new: int, parent: str | None = None) -> VersionPart:
    """Return a version of the made-up model."""
    return VersionPart(
        reference=f"demo/cat:{number}",
        digest=DIGEST[number:] + DIGEST[:number],
        parent=parent,
        what="trained on pictures by day",
        trained_on=7200,
        hyperparameters={"learning_rate": 0.04, "epochs": 3, "dropout": 0.4, "seed": 7},
        parameters=164_966,
        learned=966 if parent else 164_966,
        curve=(CurvePoint(1.5, 0.4), CurvePoint(0.6, 0.7), CurvePoint(0.2, 0.81)),
        chosen_by=0.8,
        accuracy=0.825,
        by_light={"day": 0.85, "night": 0.8},
        cats=0.92,
        confusion=((90, 6, 4), (5, 80, 15), (1, 2, 97)),
        total_bytes=660_000,
        new_bytes=new,
        seconds=3.9,
    )


def made_up_story(**changes: object) -> Story:
    """Return a run, with changes."""
    answers = (
        AnswerPart(picture("cat"), (0.91, 0.06, 0.03), "cat"),
        AnswerPart(picture("dog"), (0.6, 0.3, 0.1), "cat"),
    )
    story = Story(
        made_at=datetime(2026, 11, 30, 12, 0, tzinfo=UTC),
        seed=7,
        framework="numpy",
        base="a network of two layers",
        versions={"python": "3.11.2", "numpy": "2.1.0"},
        folder="podplanner-demo",
        pod=PodPart("Storage Pod 3.0", 22, Decimal("1942.59"), Decimal("7342.60"),
                    Decimal("40.79"), "USD", "4 TB drives at an assumed 120 USD each", 1,
                    "pod.html"),
        plan=PlanPart("raidz2:15x3", 45, 180 * 10**12, 118 * 10**12, "40x7B:bf16 --versions 20",
                      11_200_000_000_000, ("40 models x 20 versions = 11.2 TB",), "plan.html"),
        drives=DrivesPart("lab-pod", {"REPLACE": 1, "OK": 44}, "ST4000DM000, serial Z30FYPM4",
                          "bay 23 (backplane 5, place 3)", "24 pending sectors", "SAFE TO PULL",
                          ("bay 11, PL1331LAGQ03PT: WARNING",), "drives.html"),
        data=DataPart(
            KINDS,
            {"train": 7200, "new": 3600, "choose-day": 600, "choose-night": 600,
             "held-out-day": 900, "held-out-night": 900},
            tuple(picture(kind) for kind in KINDS for _ in range(4))
            + tuple(picture(kind, "night") for kind in KINDS),
            f"blake3:{DIGEST}", "pictures/", 2.0,
        ),
        trained=(version(1, new=660_000), version(2, new=3_860, parent="demo/cat:1")),
        weights=tuple(Tile(bytes((place * 5 + number) % 256 for place in range(1024)), 32)
                      for number in range(24)),
        promoted="demo/cat:2",
        store_bytes=667_000,
        inference=InferencePart("demo/cat:prod", "demo/cat:2", DIGEST, answers, 2, True, 0.05),
        feedback=FeedbackPart("demo/cat.feedback", 2, picture("dog"), "cat", "dog",
                              f"blake3:{DIGEST}"),
        go_on=(StoryCommand("Ask it again", "python -m podplanner.demo.answer demo/cat:prod "
                            "podplanner-demo/ask/cat.pgm --store podplanner-demo/store"),),
        seconds=14.2,
    )  # fmt: skip
    return replace(story, **changes)
