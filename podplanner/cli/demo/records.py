"""What `podplanner demo --json` prints."""

from pathlib import Path

from podplanner.report.story_values import Story, VersionPart


def record_of(story: Story, folder: Path, page: Path) -> dict[str, object]:
    """Return the figures of a run, by their names."""
    answered, said = story.inference, story.feedback
    return {
        "folder": str(folder), "page": str(page), "seconds": round(story.seconds, 3),
        "seed": story.seed, "framework": story.framework, "versions": dict(story.versions),
        "pod": {
            "lines": story.pod.lines, "stated_total": story.pod.stated,
            "with_drives": story.pod.with_drives, "per_tb": story.pod.per_tb,
            "currency": story.pod.currency, "errors": story.pod.errors,
            "page": str(folder / story.pod.page),
        },
        "plan": {
            "layout": story.plan.layout, "drives": story.plan.drives,
            "raw_bytes": story.plan.raw_bytes,
            "recommended_bytes": story.plan.recommended_bytes,
            "wanted_bytes": story.plan.wanted_bytes, "page": str(folder / story.plan.page),
        },
        "drives": {
            "sample": story.drives.sample, "counts": dict(story.drives.counts),
            "pull": story.drives.drive, "place": story.drives.place or None,
            "reason": story.drives.reason or None, "safety": story.drives.safety or None,
            "page": str(folder / story.drives.page),
        },
        "data": {
            "kinds": list(story.data.kinds), "counts": dict(story.data.counts),
            "digest": story.data.digest, "seconds": round(story.data.seconds, 3),
        },
        "trained": [_version_record(one) for one in story.trained],
        "promoted": story.promoted, "store_bytes": story.store_bytes,
        "inference": {
            "reference": answered.reference, "version": answered.version,
            "digest": answered.digest, "processes": answered.processes,
            "same_bits": answered.same_bits, "load_s": round(answered.load_seconds, 3),
            "answers": [
                {"is": one.picture.kind, "said": one.said,
                 "probabilities": dict(zip(story.data.kinds, one.probabilities, strict=True))}
                for one in answered.answers
            ],
        },
        "feedback": {
            "series": said.series, "records": said.records, "digest": said.digest,
            "said": said.said, "correction": said.correction,
        },
    }  # fmt: skip


def _version_record(one: VersionPart) -> dict[str, object]:
    return {
        "version": one.reference, "digest": one.digest, "parent": one.parent,
        "hyperparameters": dict(one.hyperparameters), "parameters": one.parameters,
        "learned": one.learned, "accuracy": one.accuracy, "by_light": dict(one.by_light),
        "cat_or_not": one.cats, "accuracy_to_choose_by": one.chosen_by,
        "confusion": [list(row) for row in one.confusion], "total_bytes": one.total_bytes,
        "new_bytes": one.new_bytes, "seconds": round(one.seconds, 3),
    }  # fmt: skip
