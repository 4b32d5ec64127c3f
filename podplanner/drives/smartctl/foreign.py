"""Documents that are no reading of a drive: lists of devices, and other tools' JSON."""

from podplanner.drives.smartctl.fields import Fields

_OWN = frozenset({
    "smartctl", "device", "smart_status", "model_name", "serial_number", "smart_support",
    "json_format_version",
})  # fmt: skip
_OWN_BEGIN = ("ata_", "nvme_", "scsi_")
# Keys of which every reading has at least one, also where a wrapper took some away.


def lists_devices(document: object) -> bool:
    """Return whether a document is a listing of `smartctl --scan`, also one that found nothing."""
    fields = Fields(document)
    if fields.at("device").there:
        return False
    words = fields.at("smartctl", "argv").value
    scanned = isinstance(words, list) and any(
        isinstance(word, str) and word.startswith("--scan") for word in words
    )
    return isinstance(fields.at("devices").value, list) or scanned


def foreign_words(fields: Fields) -> str | None:
    """Return what is wrong with a document that is none of one drive; None where it is."""
    if not isinstance(fields.value, dict):
        return (
            "it holds no object of JSON, so it is no output of smartctl; record one with "
            "`smartctl --json --all DEVICE`."
        )
    if lists_devices(fields.value):
        return "it lists devices and reads none; `podplanner drive scan --from` shows it."
    keys = fields.names()
    if not _OWN & set(keys) and not any(key.startswith(_OWN_BEGIN) for key in keys):
        return (
            "it is JSON of something else than smartctl; record a drive with "
            "`smartctl --json --all DEVICE`."
        )
    return None
