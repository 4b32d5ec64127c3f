"""What `plan durability` prints: for people, and as one JSON object."""

from podplanner.cli.console import counted, emit, show, table, wrapped
from podplanner.cli.plan.durability_options import Settled
from podplanner.cli.plan.durability_play import Seen
from podplanner.planning.durability.answer import Answer, Model, Nines, Question, nines_of

_MODELS = {
    "window": "more failures than parity in one of the year's separate rebuild windows; it misses "
    "failures that straddle two windows",
    "parallel": "all failed drives are rebuilt at once (a Markov chain)",
    "serial": "one failed drive of a group is rebuilt after the other (a Markov chain)",
}


def print_answer(settled: Settled, found: Answer, model: Model, seen: Seen | None) -> None:
    """Print losses and nines side by side, then what was simulated and what was assumed."""
    question, rows = settled.question, nines_of(found)
    show(_headline(settled))
    show(f"{_percent(question.afr.cautious)} failures per drive-year{_interval(question)}, whole "
         f"again after {_time(question.rebuild.hours)}")  # fmt: skip
    show()
    headings = ["model", "loss within a year", "nines"]
    cells = [[row.model, f"{row.loss:.4g}", _nines(row.nines)] for row in rows]
    if found.worst is not None:
        headings.append("95 % interval")
        for cell, row in zip(cells, rows, strict=True):
            cell.append(f"{_nines(row.worst)} to {_nines(row.best)}")
    show(table(cells, headings, right=(1, 2)))
    show()
    for row in rows:
        show(wrapped(f"{row.model}: {_MODELS[row.model]}", 2))
    parity = question.spread.parity
    if parity and not question.stress.read_error:
        show(wrapped(f"Where repair is fast, the window model is {parity + 1} times too "
                     f"optimistic here (parity + 1).", 2))  # fmt: skip
    if seen is not None:
        show()
        _show_seen(seen, found)
    show()
    if not question.afr.source.startswith("--"):
        show(wrapped(f"Failure rate: {question.afr.source}", 2))
    show("Assumed:")
    for sentence in found.assumptions:
        show("  - " + wrapped(sentence, 4))
    chosen = next(row for row in rows if row.model == model)
    show()
    show(_said(chosen))


def _headline(settled: Settled) -> str:
    spread, pods = settled.question.spread, settled.question.pods
    where = "" if pods == 1 else f" in {pods} pods"
    if settled.layout is not None:
        return f"{settled.layout}{where}"
    groups = "" if spread.count == 1 else f"{spread.count} groups of "
    return f"{groups}{spread.drives - spread.parity} data and {spread.parity} parity drives{where}"


def _said(row: Nines) -> str:
    if row.nines is None:
        return f"{row.model}: nothing fails, so no data is lost"
    return f"{row.model}: {row.nines} nines, a loss of {row.loss:.4g} a year"


def _nines(count: int | None) -> str:
    return "no end" if count is None else str(count)


def _percent(rate: float) -> str:
    return f"{100 * rate:.4g} %"


def _time(hours: float) -> str:
    return f"{hours:.4g} h" if hours < 48 else f"{hours / 24:.4g} d"


def _interval(question: Question) -> str:
    afr = question.afr
    if afr.low is None or afr.high is None:
        return ""
    return f" (95 % interval {_percent(afr.low)} to {_percent(afr.high)})"


def _show_seen(seen: Seen, found: Answer) -> None:
    name = "serial" if seen.serial else "parallel"
    closed = found.loss("serial" if seen.serial else "parallel")
    if (years := seen.years) is not None:
        show(f"Simulated {years.years:,} years (seed {years.seed}): {years.failures:,} failures, "
             f"{counted(years.lost, 'year')} with loss")  # fmt: skip
        if years.lost:
            show(f"  loss within a year {years.loss:.4g}, "
                 f"95 % interval {years.low:.4g} to {years.high:.4g}")  # fmt: skip
        else:
            show(f"  no loss seen: at most {years.high:.4g} within a year (97.5 %)")
        if years.outages:
            show(f"  groups went offline {years.outages:,} times, {years.outage_h:,.0f} hours in "
                 "all, their data safe")  # fmt: skip
    if (rare := seen.rare) is not None:
        if rare.arrived:
            show(f"Importance splitting, {rare.histories:,} histories: loss within a year "
                 f"{rare.loss:.4g}, 95 % interval {rare.low:.4g} to {rare.high:.4g}")  # fmt: skip
        else:
            show(f"Importance splitting, {rare.histories:,} histories: no loss seen, at most about "
                 f"{rare.high:.2g} within a year")  # fmt: skip
    if seen.comparable:
        show(f"  the {name} model says {closed:.4g}")
    elif seen.unplayed:
        show(f"  not simulated: {' and '.join(seen.unplayed)}")
    else:
        show(f"  the {name} model, which knows nothing of these options, says {closed:.4g}")


def print_record(settled: Settled, found: Answer, model: Model, seen: Seen | None) -> None:
    """Print one JSON object."""
    rows = {row.model: row for row in nines_of(found)}
    chosen = rows[model]
    record: dict[str, object] = {
        "model": model,
        "annual_loss": chosen.loss,
        "nines": chosen.nines,
        "all": {name: row.loss for name, row in rows.items()},
        "all_nines": {name: row.nines for name, row in rows.items()},
        "inputs": _inputs(settled),
        "assumptions": list(found.assumptions),
    }
    afr = settled.question.afr
    if found.worst is not None and found.best is not None:
        record["interval"] = {
            "afr": {"low": afr.low, "high": afr.high},
            "annual_loss": {"low": found.best_loss(model), "high": found.worst_loss(model)},
            "nines": {"low": chosen.worst, "high": chosen.best},
        }
    if seen is not None:
        record |= _seen_record(seen, found)
    emit("plan-durability", record)


def _inputs(settled: Settled) -> dict[str, object]:
    question = settled.question
    spread, stress = question.spread, question.stress
    return {
        "layout": None if settled.layout is None else settled.layout.written,
        "groups": spread.count, "group_drives": spread.drives, "parity": spread.parity,
        "cluster_drives": spread.everyone, "pods": question.pods,
        "afr": question.afr.cautious, "afr_source": question.afr.source,
        "rebuild_hours": question.rebuild.hours,
        "drive": None if settled.drive is None else settled.drive.sku,
        "drive_bytes": settled.drive_bytes, "rebuild_reads_bytes": settled.read_bytes,
        "read_error_probability": stress.read_error, "batch_factor": stress.batch,
        "common_cause": stress.common_cause, "pod_loss": stress.pod_loss,
    }  # fmt: skip


def _seen_record(seen: Seen, found: Answer) -> dict[str, object]:
    record: dict[str, object] = {}
    model: Model = "serial" if seen.serial else "parallel"
    beside = {"compared_with": model, "comparable": seen.comparable,
              "closed_form": found.loss(model), "not_simulated": list(seen.unplayed)}  # fmt: skip
    if (years := seen.years) is not None:
        record["simulation"] = {
            "years": years.years, "seed": years.seed, "lost": years.lost,
            "annual_loss": years.loss if years.lost else None,
            "low": years.low, "high": years.high, "failures": years.failures,
            "outages": years.outages, "outage_hours": years.outage_h, "loop": years.loop, **beside,
        }  # fmt: skip
    if (rare := seen.rare) is not None:
        record["rare"] = {
            "histories": rare.histories, "seed": rare.seed,
            "annual_loss": rare.loss if rare.arrived else None,
            "low": rare.low, "high": rare.high, **beside,
        }  # fmt: skip
    return record
