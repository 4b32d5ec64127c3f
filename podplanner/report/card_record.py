"""A card, and the arrays that it is based on, as records for machines."""

from collections.abc import Mapping
from typing import Any

from podplanner.drives.arrays.state import Array, Group, Member, Rebuild
from podplanner.drives.pulling.card import Card, InGroup, Spare, Step

Record = Mapping[str, Any]


def card_record(card: Card) -> Record:
    """Return a card as docs/cli.md describes it under `drive next`."""
    return {
        **waiting_record(card),
        "device": card.device,
        "source": card.drive.reading.source if card.drive else None,
        "evidence": list(card.evidence),
        "neighbours": [
            {"side": one.side, "bay": one.bay, "serial": one.serial, "empty": one.empty}
            for one in card.neighbours
        ],
        "candidates": [{"serial": one.serial, "bay": one.bay} for one in card.candidates],
        "groups": [_in_group(group) for group in card.groups],
        "spare": {
            "need_bytes": card.spare.need_bytes,
            "found": None if card.spare.found is None else _spare(card.spare.found),
            "refused": list(card.spare.refused),
        },
        "steps": [_step(step) for step in card.steps],
        "afterwards": [_step(step) for step in card.after],
        "based_on": list(card.based_on),
    }


def waiting_record(card: Card) -> Record:
    """Return what a list of those that wait says of a card."""
    return {
        "bay": card.bay.number if card.bay else None,
        "backplane": card.bay.backplane if card.bay else None,
        "place": card.bay.place if card.bay else None,
        "model": card.model,
        "serial": card.serial,
        "verdict": card.verdict.value,
        "reason": card.reason,
        "safety": card.pull.safety.value,
        "safety_reason": card.pull.reason,
    }


def array_record(array: Array) -> Record:
    """Return an array with its groups."""
    return {
        "name": array.name,
        "kind": array.kind,
        "groups": [_group(group) for group in array.groups],
        "spares": [_member(spare) for spare in array.spares],
        "scrub": array.scrub or None,
        "trouble": list(array.trouble),
    }


def _group(group: Group) -> Record:
    return {
        "name": group.name,
        "kind": group.kind,
        "tolerance": group.tolerance,
        "gone": group.gone,
        "spare_losses": group.spare_losses,
        "rebuild": _rebuild(group.rebuild),
        "members": [_member(member) for member in group.members],
        "trouble": list(group.trouble),
    }


def _member(member: Member) -> Record:
    return {
        "name": member.name,
        "state": member.state.value,
        "path": member.path,
        "size_bytes": member.size_bytes,
        "read_errors": member.read_errors,
        "write_errors": member.write_errors,
        "checksum_errors": member.checksum_errors,
        "words": member.words,
    }


def _in_group(group: InGroup) -> Record:
    return {
        "array": group.array,
        "array_kind": group.array_kind,
        "group": group.group,
        "group_kind": group.group_kind,
        "member": group.member,
        "state": group.state,
        "spare_losses": group.spare_losses,
        "after_pull": group.after_pull,
        "rebuild": _rebuild(group.rebuild),
    }


def _rebuild(rebuild: Rebuild | None) -> Record | None:
    if rebuild is None:
        return None
    return {"words": rebuild.words, "percent": rebuild.percent, "left_s": rebuild.left_s}


def _spare(spare: Spare) -> Record:
    return {
        "kind": spare.kind,
        "name": spare.name,
        "size_bytes": spare.size_bytes,
        "assumed": spare.assumed,
        "serial": spare.serial,
        "bay": spare.bay,
        "line": spare.line,
        "position": spare.position,
        "on_shelf": spare.on_shelf,
    }


def _step(step: Step) -> Record:
    return {"words": step.words, "command": step.command or None}
