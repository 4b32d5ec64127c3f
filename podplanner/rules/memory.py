"""MEM: do memory, processor and board go together, and is every bit of it guarded?"""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog import facts
from podplanner.catalog.parts import Board, Memory, Processor
from podplanner.catalog.pod import Item, Pod, pieces
from podplanner.rules.base import Finding, Rule, Severity
from podplanner.units.numbers import plain


def _takers(pod: Pod) -> tuple[Item, ...]:
    """Return what takes the memory: the one board, and the processors."""
    boards = pod.of_kind("board")
    return (*(boards if len(boards) == 1 else ()), *pod.of_kind("cpu"))


def _what(item: Item) -> str:
    return "the board" if item.kind == "board" else "the processor"


def _gib(size: int) -> str:
    """Write a size of memory, which is sold in binary units."""
    return f"{plain(Decimal(size) / 2**30)} GiB"


def _generations(item: Item) -> frozenset[str]:
    part = item.part
    written = part.memory_type if isinstance(part, Memory | Board | Processor) else None
    return frozenset(name.strip().upper() for name in (written or "").split("/") if name.strip())


def generations_agree(pod: Pod) -> Iterator[Finding]:
    """The memory is of the generation that board and processor take.

    Why it matters: modules of another generation do not go into the slot.

    Fails when: a module's generation is none of those of the board, or of the processor. Unknown
    when one of them is not stated.
    """
    for module in pod.of_kind("memory"):
        mine = _generations(module)
        for taker in _takers(pod):
            its = _generations(taker)
            if not mine or not its:
                yield Finding.unknown(
                    module, f"whether {_what(taker)} takes this memory is not known",
                    wants=f"the memory type of {'the module' if not mine else _what(taker)}",
                )  # fmt: skip
            elif not mine & its:
                yield Finding(
                    module, f"the module is {'/'.join(sorted(mine))}, {_what(taker)} takes "
                    f"{'/'.join(sorted(its))}", fix="Choose modules of that generation.",
                )  # fmt: skip


def buffering_agrees(pod: Pod) -> Iterator[Finding]:
    """The memory is buffered as board and processor want it.

    Why it matters: registered and unregistered modules have the same number and do not replace
    each other.

    Fails when: a module is of a sort that the board, or the processor, does not take. Unknown when
    one of them is not stated.
    """
    for module in pod.of_kind("memory"):
        mine = module.part.buffering if isinstance(module.part, Memory) else None
        for taker in _takers(pod):
            part = taker.part
            its = part.memory_buffering if isinstance(part, Board | Processor) else ()
            if mine is None or not its:
                yield Finding.unknown(
                    module, f"whether {_what(taker)} takes modules of this sort is not known",
                    wants=f"the buffering of {'the module' if mine is None else _what(taker)}",
                )  # fmt: skip
            elif mine not in its:
                yield Finding(
                    module, f"the module is a {mine}, {_what(taker)} takes {', '.join(its)}",
                    fix="Choose modules of that sort.",
                )  # fmt: skip


def memory_is_no_more_than_they_take(pod: Pod) -> Iterator[Finding]:
    """Board and processor take as many modules, and as much memory, as the list has.

    Why it matters: what is beyond stays in its box, or keeps the board from starting.

    Fails when: there are more modules than slots, or more memory than the board or the processor
    takes. Unknown when one of these figures is not stated.
    """
    modules = pod.of_kind("memory")
    takers = _takers(pod)
    if not modules or not takers:
        return
    number, slots = pieces(modules), facts.memory_slots(pod)
    if number is not None and slots is not None and number > slots:
        yield Finding(
            modules[0], f"there are {plain(number)} modules and {slots} slots",
            fix="Choose fewer, larger modules.", field="quantity",
        )  # fmt: skip
    sizes = [facts.memory_size(item) for item in modules]
    if number is None or None in sizes:
        yield Finding.unknown(modules[0], "how much memory there is, is not known",
                              wants="the quantity and the size of each module")  # fmt: skip
        return
    whole = sum(int(m.quantity or 0) * (size or 0) for m, size in zip(modules, sizes, strict=True))
    lacking = [] if slots is not None or not pod.of_kind("board") else ["the board's memory slots"]
    for taker in takers:
        part = taker.part
        most = part.memory_max if isinstance(part, Board | Processor) else None
        if most is None:
            lacking.append(f"the most memory that {_what(taker)} takes")
        elif whole > most:
            yield Finding(
                modules[0], f"{_what(taker)} takes {_gib(most)} of memory, the list has "
                f"{_gib(whole)}", fix="Choose smaller or fewer modules.",
            )  # fmt: skip
    if lacking:
        yield Finding.unknown(
            takers[0], f"whether {plain(number)} modules with {_gib(whole)} together fit is "
            "not known", wants=", and ".join(lacking),
        )  # fmt: skip


def errors_are_corrected(pod: Pod) -> Iterator[Finding]:
    """Memory, processor and board correct errors of memory (ECC).

    Why it matters: parity and checksums are computed in memory. A bit that flips there is written
    to all drives with a checksum that fits it, and no scrub ever finds it.

    Fails when: one of the three is without ECC: the chain is only as good as that. Unknown when one
    is not stated, or not in the list.
    """
    modules = pod.of_kind("memory")
    if not modules:
        return
    chain = [(item, _ecc(item)) for item in (*modules, *_takers(pod))]
    broken = [item for item, ecc in chain if ecc is False]
    unknown = [item for item, ecc in chain if ecc is None]
    absent = [name for kind, name in _LINKS.items() if kind not in {i.kind for i, _ in chain}]
    if broken:
        names = ", ".join(_link(item) for item in broken)
        kept = f" for {pod.bill.layout}" if pod.bill.layout else ""
        yield Finding(
            broken[0], f"memory is not guarded{kept}: no ECC in {names}",
            fix="Choose board, processor and modules that all have ECC.",
        )  # fmt: skip
    elif unknown:
        names = ", ".join(_link(item) for item in unknown)
        yield Finding.unknown(
            unknown[0], f"whether memory is guarded is not known: ECC is not stated for {names}",
            wants=f"whether {names} has ECC",
        )  # fmt: skip
    elif absent:
        yield Finding.unknown(
            modules[0], "whether memory is guarded is not known: the list does not say which is "
            f"{' and '.join(absent)}", wants="the one board and its processor in the list",
        )  # fmt: skip


_LINKS = {"board": "the board", "cpu": "the processor"}


def _ecc(item: Item) -> bool | None:
    return item.part.ecc if isinstance(item.part, Memory | Board | Processor) else None


def _link(item: Item) -> str:
    name = item.name
    return f"{'the module' if item.kind == 'memory' else _what(item)} {name}"


RULES = (
    Rule("MEM001", Severity.ERROR, generations_agree),
    Rule("MEM002", Severity.ERROR, buffering_agrees),
    Rule("MEM003", Severity.ERROR, memory_is_no_more_than_they_take),
    Rule("MEM004", Severity.WARNING, errors_are_corrected),
)
