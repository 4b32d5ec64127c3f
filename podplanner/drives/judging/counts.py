"""The rules for what drives count: bad sectors, errors, retries.

Hard drives and solid-state drives count different things under one number, so each has its table.
The steps of reallocated and pending sectors were chosen on real drives by `bench/drive_health.py`,
where docs/drive-health.md shows what they find and how often they cry wolf; the others follow the
failure rates that were published for such values (bom/drives/rates.toml), and where there are none,
what the standard says that the counter means.
"""

from podplanner.drives.assessment import Cause
from podplanner.drives.judging.steps import NEVER, CountRule, Course, Steps
from podplanner.drives.signals import Signal

_MEASURED = "Drive Stats of 2013, judged by bench/drive_health.py"
_PUBLISHED = "failure rates by value, bom/drives/rates.toml"
_NEW, _SETTLED, _GROWING = Course.NEW, Course.SETTLED, Course.GROWING

REALLOCATED = CountRule(
    Signal.REALLOCATED, "reallocated sector", "reallocated sectors", Cause.DRIVE,
    {_NEW: Steps(1, 17, 1000), _SETTLED: Steps(1, 261, 1000), _GROWING: Steps(1, 17, 1000)},
    growth=Steps(1, 8, 100),
    means="the drive replaced sectors that it could no longer write or read",
    source=_MEASURED,
)  # fmt: skip
PENDING = CountRule(
    Signal.PENDING, "pending sector", "pending sectors", Cause.DRIVE,
    {_NEW: Steps(1, 1, 16), _SETTLED: Steps(1, 16, 100), _GROWING: Steps(1, 1, 40)},
    growth=Steps(1, 1, 16),
    means="what these sectors held cannot be read",
    source=_MEASURED,
)  # fmt: skip
OFFLINE_UNCORRECTABLE = CountRule(
    Signal.OFFLINE_UNCORRECTABLE, "uncorrectable sector", "uncorrectable sectors", Cause.DRIVE,
    PENDING.levels, PENDING.growth,
    means="the drive's own scan could not read them",
    source=_MEASURED + ", as for pending sectors, of which these are a part",
)  # fmt: skip
REPORTED_UNCORRECTABLE = CountRule(
    Signal.REPORTED_UNCORRECTABLE, "uncorrectable error", "uncorrectable errors", Cause.DRIVE,
    {_NEW: Steps(1, 2, 66), _SETTLED: Steps(1, 21, 121)},
    growth=Steps(1, 1, 10),
    means="reads that the drive gave up",
    source=_PUBLISHED,
)  # fmt: skip
END_TO_END = CountRule(
    Signal.END_TO_END_ERRORS, "end-to-end error", "end-to-end errors", Cause.DRIVE,
    {_NEW: Steps(1, 1), _SETTLED: Steps(1, 10)},
    growth=Steps(1, 1, 3),
    means="data changed on its way through the drive's own memory",
    source="ATA attribute 184 (HP SMART IV): any error is one of data integrity",
)  # fmt: skip
SPIN_RETRIES = CountRule(
    Signal.SPIN_RETRIES, "spin retry", "spin retries", Cause.DRIVE,
    {_NEW: Steps(1, 10), _SETTLED: Steps(1, 50)},
    growth=Steps(1, 3, 20),
    means="the platters did not reach their speed at the first try",
    source="it tells of motor, bearings or power; nobody published rates, so growth weighs most",
)  # fmt: skip
REALLOCATION_EVENTS = CountRule(
    Signal.REALLOCATION_EVENTS, "reallocation event", "reallocation events", Cause.DRIVE,
    {_NEW: Steps(1)},
    growth=Steps(1, 50),
    means="tries to replace sectors, also those that were good after all",
    source=_PUBLISHED,
)  # fmt: skip
COMMAND_TIMEOUTS = CountRule(
    Signal.COMMAND_TIMEOUTS, "command time-out", "command time-outs", Cause.LINK,
    {_NEW: Steps(100), _SETTLED: Steps(1000)},
    growth=Steps(5, 100),
    means="commands that did not end in time, mostly for want of power or by a bad cable",
    source="drives in production carry dozens of them in health (recorded Exos drives)",
)  # fmt: skip
CRC_ERRORS = CountRule(
    Signal.CRC_ERRORS, "CRC error", "CRC errors", Cause.LINK,
    {_NEW: Steps(1), _SETTLED: Steps(NEVER)},
    growth=Steps(1, 10),
    means="frames were damaged between drive and host: cable, backplane or adapter, not the drive",
    source="ATA attribute 199 counts errors of the interface",
)  # fmt: skip
SSD_PENDING = CountRule(
    Signal.PENDING, "pending block", "pending blocks", Cause.DRIVE,
    {_NEW: Steps(1, 8, 100), _SETTLED: Steps(1, 50)},
    growth=Steps(1, 8, 100),
    means="what these blocks held could not be read at once",
    source="some firmware (Crucial MX500) shows 1 for minutes in health, so one is not a warning",
)  # fmt: skip
RETIRED_BLOCKS = CountRule(
    Signal.RETIRED_BLOCKS, "retired block", "retired blocks", Cause.DRIVE,
    {_NEW: Steps(1, 200), _SETTLED: Steps(50, 500)},
    growth=Steps(1, 10, 200),
    means="flash blocks that spare ones replaced, of which some is normal over the years",
    source="recorded data-centre drives in health have single digits; the spare attribute has the "
    "threshold",
)  # fmt: skip
PROGRAM_FAILS = CountRule(
    Signal.PROGRAM_FAILS, "failed write", "failed writes", Cause.DRIVE,
    {_NEW: Steps(1), _SETTLED: Steps(100)},
    growth=Steps(1, 20),
    means="writes to flash that had to be done elsewhere",
    source="the drive retires the block and counts it among the retired ones as well",
)  # fmt: skip
ERASE_FAILS = CountRule(
    Signal.ERASE_FAILS, "failed erasure", "failed erasures", Cause.DRIVE,
    {_NEW: Steps(1), _SETTLED: Steps(1000)},
    growth=Steps(1, 20),
    means="erasures of flash that had to be done elsewhere",
    source="the drive retires the block and counts it among the retired ones as well",
)  # fmt: skip
GROWN_DEFECTS = CountRule(
    Signal.GROWN_DEFECTS, "grown defect", "grown defects", Cause.DRIVE,
    {_NEW: Steps(1, 5, 200), _SETTLED: Steps(1, 50, 500), _GROWING: Steps(1, 5, 200)},
    growth=Steps(1, 3, 50),
    means="sectors that went bad in use and were replaced",
    source="the SCSI counterpart of reallocated sectors; stricter, for want of counted failures",
)  # fmt: skip
UNCORRECTED = CountRule(
    Signal.UNCORRECTED_ERRORS, "uncorrected error", "uncorrected errors", Cause.DRIVE,
    {_NEW: Steps(1, 2, 100), _SETTLED: Steps(1, 50)},
    growth=Steps(1, 1, 20),
    means="reads, writes or verifications that the drive gave up",
    source="the SCSI counterpart of reported uncorrectable errors",
)  # fmt: skip
MEDIA_ERRORS = CountRule(
    Signal.MEDIA_ERRORS, "media error", "media errors", Cause.DRIVE,
    {_NEW: Steps(1, 1, 100), _SETTLED: Steps(1, 20)},
    growth=Steps(1, 1, 10),
    means="data that the drive could not recover",
    source="NVM Express Base Specification, SMART / Health Information: unrecovered data integrity "
    "errors",
)  # fmt: skip

HARD_DRIVE: tuple[CountRule, ...] = (
    REALLOCATED, PENDING, OFFLINE_UNCORRECTABLE, REPORTED_UNCORRECTABLE, END_TO_END, SPIN_RETRIES,
    REALLOCATION_EVENTS, GROWN_DEFECTS, UNCORRECTED, COMMAND_TIMEOUTS, CRC_ERRORS,
)  # fmt: skip
SOLID_STATE: tuple[CountRule, ...] = (
    RETIRED_BLOCKS, SSD_PENDING, OFFLINE_UNCORRECTABLE, REPORTED_UNCORRECTABLE, END_TO_END,
    PROGRAM_FAILS, ERASE_FAILS, GROWN_DEFECTS, UNCORRECTED, MEDIA_ERRORS, COMMAND_TIMEOUTS,
    CRC_ERRORS,
)  # fmt: skip
