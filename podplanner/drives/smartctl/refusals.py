"""Why a document tells no health: one kind of trouble, and one line that says what to do."""

import re
from dataclasses import dataclass

from podplanner.drives.decoding.tables import volumes
from podplanner.drives.reading import ExitStatus, Protocol, Trouble
from podplanner.drives.smartctl.fields import Fields

Refusal = tuple[Trouble, str]

_ASLEEP = re.compile(
    r"Device is in .*\bmode\b|\b(?:STANDBY|SLEEP)\b.*\bmode\b|\bmode\b.*\b(?:STANDBY|SLEEP)\b",
    re.IGNORECASE,
)
# smartctl's ataprint.cpp and scsiprint.cpp: "Device is in %s mode, exit(%d)".
_SLEEPING_MODES = re.compile(r"STANDBY|SLEEP", re.IGNORECASE)
_OPERATION = re.compile(
    r"Operation not permitted|Op[ée]ration non permise|Op[ée]ration non autoris[ée]e|"
    r"Die Operation ist nicht erlaubt|Operaci[óo]n no permitida|Operazione non permessa",
    re.IGNORECASE,
)
_PERMISSION = re.compile(
    r"Permission denied|Access is denied|Error=5\b|Permission non accord[ée]e|"
    r"Keine Berechtigung|Permiso denegado|Permesso negato|Toegang geweigerd|"
    r"Permiss[ãa]o negada|requires? (?:root|administrator)|EACCES",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"No such (?:device|file)|Error=2\b|ENOENT|ENODEV|ENXIO|not found|"
    r"Aucun (?:fichier|p[ée]riph[ée]rique)|Kein(?:e)? (?:passendes Ger[äa]t|solche|Datei|Ger[äa]t)|"
    r"Datei oder Verzeichnis nicht gefunden|No existe|Nessun|Device not configured",
    re.IGNORECASE,
)
# Systems say it in the user's language, so the commonest are told apart; others fall through to
# a sentence that quotes them.
_BRIDGE = re.compile(r"(?:Unknown|Unsupported) USB bridge", re.IGNORECASE)
_TYPE = re.compile(
    r"specify device type|Unable to detect|please try|try(?:ing)? (?:adding |an additional )?'?-d|"
    r"Unknown device type|requires option|Unsupported (?:device|controller)|device type .*not",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"Read Device Identity failed|INQUIRY failed|mandatory SMART command failed|"
    r"Input/output error|Identify .*failed|Read NVMe|not ready|TEST UNIT READY",
    re.IGNORECASE,
)
_BUSY = re.compile(r"resource busy|Device busy|EBUSY", re.IGNORECASE)
_USAGE = re.compile(r"UNRECOGNIZED OPTION|INVALID ARGUMENT|Use smartctl -h", re.IGNORECASE)
_OFF = re.compile(r"SMART (?:is )?Disabled", re.IGNORECASE)
_UNABLE = re.compile(
    r"does not support SMART|lacks SMART capability|SMART support is:\s*Unavailable", re.IGNORECASE
)
_DEVICE = re.compile(r"(?:open device: |^)(/dev/[^\s:,\[\]]+|[A-Za-z]:|\\\\\.\\\S+)")
# "Smartctl open device: /dev/sda [SAT] failed: ...", "/dev/sda: Unable to detect device type".


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of a document that tells no health.

    Attributes:
        device: By which the system knows the drive; None: the document does not say.
        name: Vendor and model, or empty.
    """

    source: str
    device: str | None
    name: str
    protocol: Protocol
    exit_status: ExitStatus | None
    messages: tuple[str, ...]


def volume_words(name: str, device: str | None) -> str | None:
    """Return what a disk is that is no drive (`a volume of a RAID controller`); None: a drive."""
    for volume in volumes():
        if name and volume.model is not None and volume.model.search(name):
            return volume.words
        if device and volume.device is not None and volume.device.search(device):
            return volume.words
    return None


def asleep(document: Fields, messages: tuple[str, ...]) -> str | None:
    """Return how a drive sleeps that was left asleep; None where it was awake."""
    for message in messages:
        if _ASLEEP.search(message):
            return message
    mode = document.at("power_mode", "name").text()
    return f"Device is in {mode} mode" if mode and _SLEEPING_MODES.search(mode) else None


def refusal_of(document: Fields, asked: Asked) -> Refusal:
    """Return why there is no health to judge in a document that is smartctl's."""
    device = asked.device or _device_in(asked.messages) or asked.source
    said = " ".join(asked.messages)
    if (sleep := asleep(document, asked.messages)) is not None:
        return Trouble.ASLEEP, f"{device} sleeps and was left asleep ({sleep}); --wake reads it."
    virtual = volume_words(asked.name, device)
    if virtual is not None:
        return Trouble.NO_SMART, _no_health(device, virtual)
    for matches, refusal in _BY_WORDS:
        if matches.search(said):
            trouble, words = refusal
            return trouble, words.format(device=device, said=_quoted(asked.messages))
    if document.at("smart_support", "available").flag() is False:
        return Trouble.NO_SMART, _no_health(device, "without SMART")
    if document.at("smart_support", "enabled").flag() is False:
        return Trouble.NO_HEALTH_DATA, _IS_OFF.format(device=device)
    if asked.name:
        return _named(device, asked)
    if asked.exit_status is not None and asked.exit_status.not_opened:
        return Trouble.UNREADABLE, (
            f"smartctl did not open {device}{_because(asked.messages)}; check its cable, or name "
            "how it is attached with --type."
        )
    return Trouble.UNREADABLE, (
        f"smartctl said nothing of {device}{_because(asked.messages)}; record it with "
        "`smartctl --json --all DEVICE`."
    )


def _named(device: str, asked: Asked) -> Refusal:
    status = asked.exit_status
    if asked.protocol is Protocol.SCSI and status is not None and status.partly_read:
        return Trouble.NO_SMART, (
            f"{device} ({asked.name}) answers without health data, as volumes of RAID controllers "
            "do; read the drives behind it with --type (`smartctl --scan` lists them)."
        )
    if status is not None and status.partly_read:
        return Trouble.NO_HEALTH_DATA, (
            f"{device} did not answer the commands that ask for its health"
            f"{_because(asked.messages)}; name how it is attached with --type, or read it again."
        )
    return Trouble.NO_HEALTH_DATA, (
        f"the output names {device} and says nothing of its health; record it with "
        "`smartctl --json --all DEVICE`."
    )


def _no_health(device: str, what: str) -> str:
    return (
        f"{device} is {what} and has no health of its own; check the drives below it, where the "
        "controller or host sees them (`--type` for drives behind a controller)."
    )


_IS_OFF = "SMART is switched off in {device}; switch it on with `smartctl --smart=on DEVICE`."
_BY_WORDS: tuple[tuple[re.Pattern[str], Refusal], ...] = (
    (_BRIDGE, (Trouble.WRONG_TYPE,
               "{device} is behind a USB bridge that smartctl does not know; try --type sat, then "
               "usbjmicron, usbsunplus or sntjmicron.")),
    (_OPERATION, (Trouble.NOT_PERMITTED,
                  "the system does not let smartctl ask {device}; run as root. Virtual disks and "
                  "containers refuse root too: then check the drives on the host.")),
    (_PERMISSION, (Trouble.NOT_PERMITTED,
                   "this user may not open {device}; run as root (sudo), or as administrator.")),
    (_GONE, (Trouble.VANISHED,
             "there is no device {device}; `podplanner drive scan` lists those that are there. If "
             "it was there before, check its bay and cable.")),
    (_BUSY, (Trouble.NO_HEALTH_DATA,
             "{device} is in use by something that lets nobody else ask; try again later.")),
    (_USAGE, (Trouble.UNREADABLE,
              "smartctl did not understand what it was asked ({said}); update it to 7.0 or "
              "newer.")),
    (_UNABLE, (Trouble.NO_SMART,
               "{device} has no SMART; there is no health to ask it for.")),
    (_OFF, (Trouble.NO_HEALTH_DATA, _IS_OFF)),
    (_SILENT, (Trouble.NO_HEALTH_DATA,
               "{device} did not answer ({said}); check its power and cable, or name how it is "
               "attached with --type.")),
    (_TYPE, (Trouble.WRONG_TYPE,
             "smartctl does not find out how {device} is attached ({said}); name it with --type "
             "(sat, scsi, nvme, megaraid,N), or leave it out if it is no drive.")),
)  # fmt: skip
"""The first that matches is taken: what the system refused before what smartctl guessed."""


def _device_in(messages: tuple[str, ...]) -> str | None:
    for message in messages:
        if (found := _DEVICE.search(message)) is not None:
            return found[1].rstrip("'\".")
    return None


def _quoted(messages: tuple[str, ...]) -> str:
    return messages[0][:160] if messages else "no reason given"


def _because(messages: tuple[str, ...]) -> str:
    return f" ({_quoted(messages)})" if messages else ""
