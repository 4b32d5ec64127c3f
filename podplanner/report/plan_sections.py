"""Where drives sit, what they hold, how sure that is and how fast: these sections of a plan."""

from collections.abc import Iterator
from decimal import Decimal

from podplanner.catalog.pod import Pod
from podplanner.planning.bandwidth import Bandwidth, Question
from podplanner.planning.bandwidth_words import about, answers, headlines, say_rate, wish
from podplanner.planning.capacity import Capacity
from podplanner.planning.chain import Step
from podplanner.planning.durability.answer import Answer, Model, Nines, nines_of
from podplanner.planning.outlook import Durability, Lack, Outlook
from podplanner.planning.placement import Placement
from podplanner.report.bandwidth_drawing import draw_bandwidth
from podplanner.report.bandwidth_rows import bandwidth_rows
from podplanner.report.bars import Piece, bar
from podplanner.report.durability_chart import chart_of, say_hours
from podplanner.report.placement_drawing import draw_placement
from podplanner.report.placement_text import bay_lines, failure_rows
from podplanner.report.plan_values import (
    BandwidthSection,
    BarEntry,
    CapacitySection,
    DurabilitySection,
    FailureEntry,
    ModelEntry,
    PlacementSection,
    QuestionEntry,
    StepEntry,
)
from podplanner.report.shape import Refusal
from podplanner.report.values import Fact, Figure
from podplanner.report.wording import UNKNOWN, plural, share_figure
from podplanner.units.quantity import say_bytes
from podplanner.units.sizes import tebibytes, terabytes

_SEVERITY_OF_VERDICT = {
    "safe": "ok", "offline": "warning", "lost": "error", "unknown": "unknown",
}  # fmt: skip


def lack_words(what: str, lack: Lack) -> str:
    """Return in one sentence why something is missing; the next says what would mend it."""
    return f"{what}: {lack.reason}. {lack.fix}"


def _sentences(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return clauses as sentences, each once: with a capital, and a full stop."""
    return tuple(dict.fromkeys(map(as_sentence, filter(None, words))))


def as_sentence(words: str) -> str:
    """Return a clause with a capital and a full stop; the name of a field keeps its letters.

    >>> as_sentence("drives fail"), as_sentence("default_wiring is assumed.")
    ('Drives fail.', 'default_wiring is assumed.')
    """
    first = words[:1] if "_" in words.split(" ")[0] else words[:1].upper()
    return f"{first}{words[1:].rstrip('.')}."


# --- Placement ---


def placement_section(outlook: Outlook) -> PlacementSection:
    """Return where the drives sit, and what each part takes with it."""
    found = outlook.placement
    if isinstance(found, Lack):
        missing = lack_words("Which bay each drive takes is not settled", found)
        return PlacementSection(missing, "", "", "", (), (), ())
    drawing, undrawn = _drawing(outlook.pod, found)
    bays = "\n".join(bay_lines(outlook.pod, found)) if undrawn else ""
    rows = tuple(FailureEntry(r, _SEVERITY_OF_VERDICT[r.verdict]) for r in failure_rows(found))
    return PlacementSection("", drawing, undrawn, bays, found.proof, rows, _sentences(found.notes))


def _drawing(pod: Pod, found: Placement) -> tuple[str, str]:
    drawing = draw_placement(pod, found)
    return ("", drawing.reason) if isinstance(drawing, Refusal) else (drawing, "")


# --- Capacity ---


def bytes_figure(size: int | None) -> Figure:
    """Return a size in decimal units as a figure in bytes."""
    if size is None:
        return Figure(UNKNOWN, None)
    return Figure(say_bytes(size), Decimal(size))


def capacity_section(outlook: Outlook) -> CapacitySection:
    """Return how much the layout stores, step by step."""
    found = outlook.capacity
    if isinstance(found, Lack):
        nothing = bytes_figure(None)
        missing = lack_words("What can be stored is not known", found)
        return CapacitySection(missing, nothing, nothing, nothing, (), (), ())
    held = () if isinstance(outlook.holdings, Lack) else outlook.holdings.assumptions
    steps = tuple(_step(found, n) for n in range(len(found.steps)))
    return CapacitySection(
        "", bytes_figure(found.raw_bytes), bytes_figure(found.usable_bytes),
        bytes_figure(found.recommended_bytes), steps, tuple(map(_step_bar, steps)),
        _sentences((*held, *found.assumptions)),
    )  # fmt: skip


def _step(found: Capacity, number: int) -> StepEntry:
    step = found.steps[number]
    return StepEntry(
        step.name, Figure(f"{step.bytes:,}", Decimal(step.bytes)),
        f"{terabytes(step.bytes):,.2f}", f"{tebibytes(step.bytes):,.2f}",
        share_figure(found.share(step)),
    )  # fmt: skip


def _step_bar(step: StepEntry) -> BarEntry:
    share = step.share.value or Decimal(0)
    return BarEntry(
        step.name, f"{step.terabytes} TB, {step.share.words}",
        bar([Piece(Decimal(0), share, "bar")]),
    )  # fmt: skip


# --- Durability ---

_MODELS = {
    "window": "More failures than parity in one of the year's separate rebuild windows; failures "
    "that straddle two windows are missed.",
    "parallel": "All failed drives are rebuilt at once (a Markov chain).",
    "serial": "One failed drive of a group is rebuilt after the other (a Markov chain).",
}
CHOSEN: Model = "parallel"
# The model that `plan find` uses: the window model is too optimistic, the serial one too dark.


def durability_section(outlook: Outlook) -> DurabilitySection:
    """Return how likely data is lost within a year, by three models."""
    found = outlook.durability
    if isinstance(found, Lack):
        models = tuple(
            ModelEntry(name, meaning, None, UNKNOWN, Figure(UNKNOWN, None), "")
            for name, meaning in _MODELS.items()
        )
        missing = lack_words("How likely data is lost is not known", found)
        return DurabilitySection(missing, (), models, "", "", ())
    question = found.question
    return DurabilitySection(
        "", tuple(_durability_facts(found)),
        tuple(_model(row, found.answer) for row in nines_of(found.answer)),
        chart_of(question, CHOSEN),
        f"Nines by the {CHOSEN} model. The dot is this pod: "
        f"{_rate_words(question.afr.cautious)} of its drives fail a year, and a failed one is "
        f"whole again after {_hours(question.rebuild.hours)}.",
        _sentences(found.answer.assumptions),
    )  # fmt: skip


def _durability_facts(found: Durability) -> Iterator[Fact]:
    question = found.question
    spread, afr = question.spread, question.afr
    groups = plural(spread.count, "group")
    yield Fact("Drives that protect each other",
               f"{groups} of {spread.drives}, of which any {spread.parity} may fail")  # fmt: skip
    interval = ""
    if afr.low is not None and afr.high is not None:
        interval = f", 95 % between {_rate_words(afr.low)} and {_rate_words(afr.high)}"
    yield Fact("Failures per drive-year", f"{_rate_words(afr.cautious)}{interval}")
    yield Fact("Counted or said by", afr.source)
    rebuild = question.rebuild
    delay = f", {_hours(rebuild.delay_h)} of it until the copying begins" if rebuild.delay_h else ""
    yield Fact("From failure to whole again", f"{_hours(rebuild.hours)}{delay}")


def _hours(hours: float) -> str:
    return say_hours(float(f"{hours:.3g}"))


def _rate_words(rate: float) -> str:
    return f"{100 * rate:.3g} %"


def _model(row: Nines, answer: Answer) -> ModelEntry:
    interval = "" if answer.worst is None else f"{_nines(row.worst)} to {_nines(row.best)}"
    return ModelEntry(
        row.model, _MODELS[row.model], row.loss, loss_words(row.loss),
        Figure(_nines(row.nines), None if row.nines is None else Decimal(row.nines)), interval,
    )  # fmt: skip


def _nines(count: int | None) -> str:
    return "no end" if count is None else str(count)


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_FROM = 1e-3
# A probability is printed as it is from here on, with a power of ten below.


def loss_words(loss: float) -> str:
    """Write a probability with three digits.

    >>> loss_words(7.353799498780e-12), loss_words(0.0125), loss_words(0.0)
    ('7.35 × 10⁻¹²', '0.0125', '0')
    """
    if loss == 0 or loss >= _PLAIN_FROM:
        return f"{loss:.3g}"
    mantissa, _, exponent = f"{loss:.2e}".partition("e")
    return f"{mantissa} × 10{str(int(exponent)).translate(_RAISED)}"


# --- Bandwidth ---


def rate_figure(rate: int | None) -> Figure:
    """Return bytes per second as a figure in MB/s."""
    if rate is None:
        return Figure(UNKNOWN, None)
    return Figure(f"{say_rate(rate)} MB/s", Decimal(rate))


def bandwidth_section(outlook: Outlook) -> BandwidthSection:
    """Return the way of the data, and its narrowest link."""
    found = outlook.bandwidth
    if isinstance(found, Lack):
        missing = lack_words("What the links carry is not known", found)
        nothing = rate_figure(None)
        return BandwidthSection(missing, (), nothing, nothing, "", (), (), ())
    return BandwidthSection(
        "", headlines(found), rate_figure(found.host.total), network_figure(found),
        draw_bandwidth(found), bandwidth_rows(found), tuple(map(_question, found.questions)),
        _sentences(found.notes),
    )  # fmt: skip


def network_figure(found: Bandwidth) -> Figure:
    """Return what reaches the network: a range where a missing figure may lower it."""
    total, ports = found.network.total, found.stage(Step.NETWORK)
    if ports is not None and ports.capacity is None:
        return rate_figure(None)
    if total is None or found.network_is_certain:
        return rate_figure(total)
    least = found.least_network
    if least is None or least.total is None:
        return Figure(UNKNOWN, None)
    return Figure(f"{say_rate(least.total)} to {say_rate(total)} MB/s", None)


def _question(question: Question) -> QuestionEntry:
    words = about(question)
    return QuestionEntry(f"{words[:1].upper()}{words[1:]}", answers(question), wish(question))
