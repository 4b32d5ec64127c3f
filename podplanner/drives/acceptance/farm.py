"""Seagate's own log of hours (FARM), which an ordinary reading leaves out."""

import json
from dataclasses import replace

from podplanner.drives.reading import DriveReading
from podplanner.drives.smartctl.answering import ASLEEP
from podplanner.drives.smartctl.document import reading_of
from podplanner.drives.smartctl.running import SMARTCTL, Command, Run, run_process


def with_farm(reading: DriveReading, *, timeout_s: float, run: Run = run_process) -> DriveReading:
    """Return a reading with what the drive's FARM log says; the same where it has none.

    smartctl prints the log from 7.4 on, only when it is asked for by name, and only of drives that
    its database has as Seagate's (ataprint.cpp, scsiprint.cpp). An older one refuses the option.

    Raises:
        SmartctlMissingError: There is no smartctl.
        DeviceError: The system does not start it.
    """
    type_ = () if reading.device_type is None else ("-d", reading.device_type)
    name = reading.device or reading.source
    ran = run(Command(
        (SMARTCTL, "--json", "--info", "--log=farm", f"--nocheck=standby,{ASLEEP}", *type_,
         f"./{name}" if name.startswith("-") else name),
        timeout_s,
    ))  # fmt: skip
    try:
        document = json.loads(ran.output.decode("utf-8", errors="replace"), strict=False)
    except (ValueError, RecursionError):
        return reading
    found = reading_of(document, source=reading.source)
    if found.identity.serial != reading.identity.serial:
        return reading
    return replace(
        reading,
        farm_power_on_h=found.farm_power_on_h,
        smr=found.smr if reading.smr is None else reading.smr,
    )
