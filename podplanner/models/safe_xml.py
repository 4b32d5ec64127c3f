"""XML from anybody, read without following anything that it names."""

from typing import TYPE_CHECKING

from podplanner.errors import FormatError, UnsafeContentError

if TYPE_CHECKING:
    from lxml.etree import _Element

LONGEST_TEXT = 64 * 2**20
"""Characters of a document; the largest published networks and tables take 20 MB."""


def parse_xml(text: str, *, what: str, doctype: bool = False) -> "_Element":
    """Return the root of a document. No entity is resolved, no DTD loaded, nothing fetched.

    Args:
        text: The document.
        what: What it should be, for errors.
        doctype: Whether it may declare its elements in itself, as XMLBIF does.

    Raises:
        FormatError: It is not well-formed, or too long.
        UnsafeContentError: It declares entities, or a document type where none may be.
    """
    from lxml import etree

    if len(text) > LONGEST_TEXT:
        raise FormatError(f"{what} is longer than {LONGEST_TEXT:,} characters")
    if "<!ENTITY" in text or ("<!DOCTYPE" in text and not doctype):
        declared = "entities" if "<!ENTITY" in text else "a document type"
        raise UnsafeContentError(
            f"{what} declares {declared}, which can read files or fill the memory",
            hint="Take the declaration out: no such document needs it.",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        encoding="utf-8",
    )
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(f"{what} is not well-formed XML: {error}") from error
    if next(root.iter(etree.Entity), None) is not None:
        raise UnsafeContentError(
            f"{what} refers to an entity", hint="Write what it stands for in its place."
        )
    return root
