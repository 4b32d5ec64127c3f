"""Who a drive is, and how the system knew it, by whatever keys a version of smartctl uses."""

from podplanner.drives.identity import key_of, plain
from podplanner.drives.reading import Identity, Protocol
from podplanner.drives.smartctl.fields import Fields


def device_of(fields: Fields) -> str | None:
    """Return the device that was asked, also where smartctl did not open it."""
    told = fields.at("device", "name").text()
    if told is not None:
        return told
    words = fields.at("smartctl", "argv").value
    asked = [Fields(word).text() for word in words] if isinstance(words, list) else []
    return next((word for word in asked if word is not None and word.startswith("/dev/")), None)


def protocol_of(fields: Fields) -> Protocol:
    """Return the protocol that a document states, else the one whose keys it has."""
    told = (fields.at("device", "protocol").text() or "").upper()
    for protocol in (Protocol.ATA, Protocol.SCSI, Protocol.NVME):
        if told == protocol.value.upper():
            return protocol
    keys = fields.names()
    for prefix, protocol in (
        ("nvme_", Protocol.NVME), ("ata_", Protocol.ATA), ("scsi_", Protocol.SCSI),
    ):  # fmt: skip
        if any(key.startswith(prefix) for key in keys):
            return protocol
    kind = (fields.at("device", "type").text() or "").lower()
    if "nvme" in kind or kind.startswith("snt"):
        return Protocol.NVME
    if kind.startswith(("sat", "ata", "usb")):
        return Protocol.ATA
    return Protocol.SCSI if kind == "scsi" else Protocol.UNKNOWN


def identity_of(fields: Fields) -> Identity:
    """Return who the drive says it is."""
    model = plain(
        fields.at("scsi_model_name").text()
        or fields.at("model_name").text()
        or " ".join(_vendor_and_product(fields))
    )
    serial = plain(fields.at("serial_number").text())
    return Identity(
        model=model,
        serial=serial,
        key=key_of(model, serial),
        wwn=_wwn(fields),
        firmware=plain(
            fields.at("firmware_version").text()
            or fields.at("scsi_revision").text()
            or fields.at("revision").text()
        ),
        family=plain(fields.at("model_family").text()),
    )


def full_name_of(fields: Fields, identity: Identity) -> str:
    """Return vendor and model as one name; empty where neither is given."""
    return identity.model or " ".join(_vendor_and_product(fields))


def _vendor_and_product(fields: Fields) -> list[str]:
    vendor = fields.at("scsi_vendor").text() or fields.at("vendor").text()
    product = fields.at("scsi_product").text() or fields.at("product").text()
    return [part for part in (vendor, product) if part]


def _wwn(fields: Fields) -> str | None:
    """Return the world-wide name as hexadecimal digits (`5000c500a1b2c3d4`)."""
    parts = fields.at("wwn")
    naa = parts.at("naa").integer(most=15)
    oui = parts.at("oui").integer(most=0xFF_FFFF)
    own = parts.at("id").integer(most=0xF_FFFF_FFFF)
    if naa is not None and oui is not None and own is not None:
        return f"{naa:x}{oui:06x}{own:09x}"
    unit = fields.at("logical_unit_id").text()
    if unit is not None:
        return unit.lower().removeprefix("0x")
    for row in fields.at("nvme_namespaces").rows():
        oui = row.at("eui64", "oui").integer(most=0xFF_FFFF)
        own = row.at("eui64", "ext_id").integer(most=0xFF_FFFF_FFFF)
        if oui is not None and own is not None:
            return f"{oui:06x}{own:010x}"
    return None
