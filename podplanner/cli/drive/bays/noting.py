"""Note a drive in a bay while one learns, saved at once."""

from dataclasses import replace

from podplanner.cli.console import say
from podplanner.cli.drive.bays.files import MapFile
from podplanner.drives.bays.filling import found_at
from podplanner.drives.bays.learning import Session, given
from podplanner.drives.bays.locating import known_serial
from podplanner.drives.bays.places import Places, SeenDrive
from podplanner.drives.bays.seen_pod import reading_of_seen


def noted(
    session: Session, number: int, drive: SeenDrive, places: Places, file: MapFile
) -> Session:
    """Return the session with its drive in a bay, saved.

    Args:
        session: At that drive.
        number: The bay.
        drive: The drive.
        places: Where it was seen in that bay.
        file: What others changed in it meanwhile stays.
    """
    opened = file.open()
    serial = known_serial(reading_of_seen(drive))
    found = replace(found_at(drive.device, places), serial=serial)
    taken = given(replace(session, bay_map=opened.bay_map), number, found)
    opened.save(taken.session.bay_map)
    if serial is None:
        say(f"bay {number}: the drive says no serial number of its own; its place is noted")
    else:
        say(f"bay {number}: {serial}, saved")
    for note in taken.notes:
        say(note)
    return taken.session
