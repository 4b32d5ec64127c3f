"""Write the lists whose bytes an editor would spoil: other encodings, XLSX, and wrong files.

Run it from anywhere; it gives the same bytes every time.
"""

import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

HERE = Path(__file__).resolve().parent

RECHNUNG = """\
Nordlager Speichertechnik GmbH;;;;
Rechnung Nr. 2023-0417;;;;
;;;;
Pos.;Artikel;Menge;Einzelpreis;Gesamtpreis
1;Servergehäuse 4HE für 24 Festplatten;1;1.234,56 €;1.234,56 €
2;Netzteil, 80 PLUS Gold;2;149,90 €;299,80 €
3;SATA-Kabel 0,5 m (gewinkelt);24;2,35 €;56,40 €
4;Festplatte 8 TB;12;189,00 €;2.268,00 €
;Zwischensumme;;;3.858,76 €
;Rabatt 3 %;;;-115,76 €
;Versandkosten;;;6,90 €
;Gesamtsumme;;;3.749,90 €
;enthaltene MwSt. 19 %;;;598,72 €
"""

PRESUPUESTO = """\
Presupuesto n.º 88;;;
Cantidad;Descripción;Precio unitario;Importe
1;Caja 4U para 15 discos;389,00 €;389,00 €
2;Fuente de alimentación 650 W;94,50 €;189,00 €
4;Módulo de memoria ECC de 16 GB;52,25 €;209,00 €
15;Disco duro de 4 TB;104,90 €;1.573,50 €
;Envío;;18,00 €
;Descuento;;-50,00 €
;Base imponible;;2.328,50 €
;IVA 21 %;;488,99 €
;Total;;2.817,49 €
"""

UNICODE_TEXT = """\
Part\tMPN\tQty\tUnit price\tExtended
Rack case – 36 bays\tRC-36\t1\t£612.00\t£612.00
Mid-wall fan, 80 × 38 mm\tFN-8038\t7\t£13.45\t£94.15
Cable “left angle”\tSC-05L\t36\t£1.15\t£41.40
Drive, 14 TB\tHD-14K\t36\t£201.50\t£7,254.00
Total\t\t\t\t£8,001.55
"""

MAC = """\
Item,Qty,Unit price,Total
Tower case,1,84.00,84.00
Drive 3 TB,5,71.20,356.00
Power cable,5,2.40,12.00
Total,,,452.00
"""

NULS = b"""\
Item,Qty,Unit price,Total\r
Case,1,99.00,99.00\r
Dri\0\0\0ve,2,\0 40.00,80.00\r
\0\0"""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as the file stores it; `style` is an index into the formats in `STYLES`."""

    stored: str
    style: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula, with the value that the program last worked out; None was never worked out."""

    text: str
    cached: str | None
    style: int = 0


Cell = str | Number | Formula | None
Rows = list[list[Cell]]

PLAIN, TWO_PLACES, DOLLARS, EUROS, PERCENT, DAY = range(6)

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

STYLES = f"""{HEAD}<styleSheet xmlns="{MAIN}"><numFmts count="2">\
<numFmt numFmtId="164" formatCode="&quot;$&quot;#,##0.00"/>\
<numFmt numFmtId="165" formatCode="#,##0.00\\ [$€-407]"/></numFmts>\
<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>\
<fills count="1"><fill><patternFill patternType="none"/></fill></fills>\
<borders count="1"><border/></borders>\
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>\
<cellXfs count="6"><xf numFmtId="0" xfId="0"/><xf numFmtId="2" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="164" xfId="0" applyNumberFormat="1"/><xf numFmtId="165" xfId="0" \
applyNumberFormat="1"/><xf numFmtId="9" xfId="0" applyNumberFormat="1"/>\
<xf numFmtId="14" xfId="0" applyNumberFormat="1"/></cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""


def _sheet(rows: Rows, merged: list[str], strings: list[str]) -> str:
    parts = [f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>']
    for number, row in enumerate(rows, start=1):
        parts.append(f'<row r="{number}">')
        for column, cell in enumerate(row):
            place = f'r="{"ABCDEFGHIJ"[column]}{number}"'
            match cell:
                case None:
                    continue
                case Number(stored, style):
                    parts.append(f'<c {place} s="{style}"><v>{stored}</v></c>')
                case Formula(text, cached, style):
                    value = "" if cached is None else f"<v>{cached}</v>"
                    parts.append(f'<c {place} s="{style}"><f>{escape(text)}</f>{value}</c>')
                case str(text):
                    if text not in strings:
                        strings.append(text)
                    parts.append(f'<c {place} t="s"><v>{strings.index(text)}</v></c>')
        parts.append("</row>")
    parts.append("</sheetData>")
    if merged:
        cells = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
        parts.append(f'<mergeCells count="{len(merged)}">{cells}</mergeCells>')
    parts.append("</worksheet>")
    return "".join(parts)


def archive(files: dict[str, str]) -> bytes:
    """Return a ZIP file of `files`, all of them of one day and not compressed."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_STORED) as package:
        for name, text in files.items():
            entry = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 0
            package.writestr(entry, text.encode())
    return out.getvalue()


def workbook(sheets: dict[str, Rows], merged: dict[str, list[str]] | None = None) -> bytes:
    """Return an XLSX file with these sheets, in this order."""
    strings: list[str] = []
    files: dict[str, str] = {}
    for number, (name, rows) in enumerate(sheets.items(), start=1):
        text = _sheet(rows, (merged or {}).get(name, []), strings)
        files[f"xl/worksheets/sheet{number}.xml"] = text
    count = len(sheets)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{OFFICE}.worksheet+xml"/>'
        for n in range(1, count + 1)
    )
    entries = "".join(
        f'<sheet name="{escape(name)}" sheetId="{n}" r:id="rId{n}"/>'
        for n, name in enumerate(sheets, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{n}" Type="{RELATIONS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, count + 1)
    )
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in strings)
    return archive(
        {
            "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{OFFICE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{OFFICE}.styles+xml"/>'
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{OFFICE}.sharedStrings+xml"/>'
            f"{overrides}</Types>",
            "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
            f'<Relationship Id="rId1" Type="{RELATIONS}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">'
            f"<sheets>{entries}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
            f'{links}<Relationship Id="rId{count + 1}" Type="{RELATIONS}/styles" '
            f'Target="styles.xml"/><Relationship Id="rId{count + 2}" '
            f'Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
            "xl/styles.xml": STYLES,
            "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}" uniqueCount="{len(strings)}">'
            f"{texts}</sst>",
            **files,
        }
    )


def float_noise() -> bytes:
    """Prices as binary fractions leave them, and a total that the program worked out."""
    return workbook(
        {
            "Parts": [
                ["Item", "Qty", "Unit price", "Total"],
                [
                    "Washer",
                    Number("1"),
                    Number("0.30000000000000004", TWO_PLACES),
                    Number("0.30000000000000004", TWO_PLACES),
                ],
                [
                    "Fan 92 mm",
                    Number("3"),
                    Number("8.6999999999999993", DOLLARS),
                    Formula("B3*C3", "26.099999999999998", DOLLARS),
                ],
                [
                    "Disk 2 TB",
                    Number("12"),
                    Number("58.15", DOLLARS),
                    Formula("B4*C4", "697.8", DOLLARS),
                ],
                [
                    "Case",
                    Number("1"),
                    Number("1204.0999999999999", DOLLARS),
                    Formula("B5*C5", "1204.0999999999999", DOLLARS),
                ],
                ["Total", None, None, Formula("SUM(D2:D5)", "1928.2999999999997", DOLLARS)],
            ]
        }
    )


def second_sheet() -> bytes:
    """A cover sheet, the bill, and an empty sheet."""
    return workbook(
        {
            "Cover": [
                ["Storage box for the lab"],
                ["Prepared on", Number("45231", DAY)],
                ["Version", Number("3")],
                ["Contact", "room 2.14"],
            ],
            "BOM": [
                ["Part number", "Description", "Qty", "Unit cost", "Ext cost"],
                ["CH-4412", "4U chassis with 12 trays", Number("1"), Number("338"), Number("338")],
                ["PS-600", "Power supply 600 W", Number("2"), Number("92.75"), Number("185.5")],
                ["HD-16E", "Drive 16 TB", Number("12"), Number("249.9"), Number("2998.8")],
                ["BK-01", "L bracket", Number("8"), Number("0.55"), Number("4.4")],
                [None, None, None, "Total", Formula("SUM(E2:E5)", "3526.7")],
            ],
            "Sheet3": [],
        }
    )


def merged_sections() -> bytes:
    """A letterhead, section titles over all columns, subtotals, and euros by number format."""
    return workbook(
        {
            "Liste": [
                ["Werkstatt Süd – Stückliste Speicherkiste"],
                ["Stand", Number("45017", DAY)],
                [],
                ["Bezeichnung", "Menge", "Einzelpreis", "Gesamt"],
                ["Mechanik"],
                ["Gehäuse 3HE", Number("1"), Number("265", EUROS), Number("265", EUROS)],
                ["Schienensatz", Number("1"), Number("44.9", EUROS), Number("44.9", EUROS)],
                ["Summe Mechanik", None, None, Formula("SUM(D6:D7)", "309.9", EUROS)],
                ["Elektronik"],
                ["Hauptplatine", Number("1"), Number("189.5", EUROS), Number("189.5", EUROS)],
                [
                    "Speicherriegel 32 GB",
                    Number("2"),
                    Number("74.25", EUROS),
                    Number("148.5", EUROS),
                ],
                ["Summe Elektronik", None, None, Formula("SUM(D10:D11)", "338", EUROS)],
                ["Versand", None, None, Number("7.9", EUROS)],
                ["Gesamtsumme", None, None, Formula("D8+D12+D13", "655.8", EUROS)],
            ]
        },
        {"Liste": ["A1:D1", "A5:D5", "A9:D9"]},
    )


def text_numbers() -> bytes:
    """Every number a text, as a web shop's export writes them."""
    return workbook(
        {
            "Export": [
                ["Menge", "Artikel", "Preis", "Summe"],
                ["2", "Kompaktserver-Gehäuse", "1.049,00 €", "2.098,00 €"],
                ["10", "Lüfter 80 mm", "9,95 €", "99,50 €"],
                ["1.000", "Schraube M3x5", "0,02 €", "20,00 €"],
                [None, "Gesamt", None, "2.217,50 €"],
            ]
        }
    )


def uncached_formula() -> bytes:
    """A total that no program has ever worked out."""
    return workbook(
        {
            "Parts": [
                ["Item", "Qty", "Unit price", "Total"],
                ["Case", Number("1"), Number("120"), Formula("B2*C2", "120")],
                ["Disk", Number("4"), Number("95"), Formula("B3*C3", None)],
            ]
        }
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body).to_bytes(4, "big")
    return len(body).to_bytes(4, "big") + kind + body + check


def picture() -> bytes:
    """One grey pixel."""
    header = (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    pixel = zlib.compress(b"\x00\x80", 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + _chunk(b"IHDR", header) + _chunk(b"IDAT", pixel) + _chunk(b"IEND", b"")


def document() -> bytes:
    """A PDF file with one empty page."""
    return (
        b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def program() -> bytes:
    """Only the first bytes of a 64-bit program for Linux."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00" + bytes(40)


def make() -> dict[str, bytes]:
    """Return every file's name and bytes."""
    return {
        "rechnung_cp1252.csv": RECHNUNG.replace("\n", "\r\n").encode("cp1252"),
        "presupuesto_latin.csv": PRESUPUESTO.replace("\n", "\r\n").encode("cp1252"),
        "excel_unicode.txt": b"\xff\xfe" + UNICODE_TEXT.replace("\n", "\r\n").encode("utf-16-le"),
        "mac_newlines.csv": MAC.replace("\n", "\r").encode("ascii"),
        "nuls.csv": NULS,
        "float_noise.xlsx": float_noise(),
        "second_sheet.xlsx": second_sheet(),
        "merged_sections.xlsx": merged_sections(),
        "text_numbers.xlsx": text_numbers(),
        "uncached_formula.xlsx": uncached_formula(),
        "truncated.xlsx": second_sheet()[:2600],
        "archive.xlsx": archive({"notes/readme.txt": "case, disks, cables\n"}),
        "picture.csv": picture(),
        "manual.pdf": document(),
        "tool.txt": program(),
        "empty.csv": b"",
    }


def main() -> None:
    """Write the files beside this script."""
    for name, content in make().items():
        (HERE / name).write_bytes(content)


if __name__ == "__main__":
    main()
