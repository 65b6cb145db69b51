"""What a file really is, recognised by its bytes: the kinds a table never comes in."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from bertui.data.reading.formats.limits import MAX_TEXT, mib, too_large
from bertui.errors import DataError

REMEDY = "Save the table as CSV (UTF-8), Excel (.xlsx), JSON lines or Parquet, and upload that file."
EXPECTED = "A table is expected: CSV, TSV, JSON lines, Parquet or Excel (.xlsx)."

# (pattern at the start of the file, what it is). Kinds with a two-letter mark ask for more, because a
# table may well start with "BMI,label".
_KINDS: tuple[tuple[bytes, str], ...] = (
    (rb"%PDF-", "a PDF document"),
    (rb"\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|II\*\x00|MM\x00\*|RIFF.{4}WEBP|BM.{4}\x00{4}", "an image"),
    (rb"RIFF.{4}WAVE|OggS\x00|ID3[\x02-\x04]|fLaC\x00|.{4}ftyp\w{3}", "a sound or video file"),
    (rb"SQLite format 3\x00", "an SQLite database"),
    (rb"\x80[\x02-\x05](?:\x95.{6}\x00\x00|[\]}c(Xq])", "a Python pickle"),
    (rb"\x93NUMPY", "a NumPy array"),
    (rb"\x89HDF\r\n", "an HDF5 file"),
    (rb"ARROW1\x00\x00", "an Arrow (Feather) file"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel (.xls) or password-protected Office file"),
    (rb"7z\xbc\xaf\x27\x1c|Rar!\x1a\x07|.{257}ustar", "an archive (7z, rar or tar)"),
    (rb"BZh\d1AY&SY|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", "a compressed file (bzip2, xz or zstandard)"),
    (rb"\x7fELF|MZ.{2}\x00", "a program"),
    (rb"\$FL2@\(#\)|<stata_dta>|RD[XA]\d\n", "a file of SPSS, Stata or R"),
    (rb"\{\\rtf", "an RTF document"),
    (rb"version https://git-lfs\.github\.com/", "a Git LFS pointer, not the data itself"),
    (rb"(?i:(?:\xef\xbb\xbf)?\s{0,99}<(?:!doctype html|html|table)\b)", "a web page (HTML)"),
    (rb"(?:\xef\xbb\xbf)?<\?xml\s", "an XML file"),
    (rb"(?i:(?:\xef\xbb\xbf)?(?:%[^\n]*\n|\s)*@relation\s)", "a Weka file (ARFF)"),
    (rb"[TREAM#]\d+\t\S+ \d+ \d+(?:;\d+ \d+)*\t", "the annotations of brat, without the text they belong to"),
)

_NAMED = {".yml": "a YAML file", ".yaml": "a YAML file", ".toml": "a TOML file", ".tex": "a LaTeX document"}

_ZIPS: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "a binary Excel workbook (.xlsb)"),
    ("word/", "a Word document"),
    ("ppt/", "a PowerPoint file"),
    ("content.xml", "an OpenDocument (LibreOffice) file"),
    ("data.pkl", "a PyTorch checkpoint"),
    ("META-INF/MANIFEST.MF", "a Java archive"),
)


def container(data: bytes) -> str:
    """Return the kind of container the bytes are: "gzip", "parquet", "xlsx", or "" for text.

    Raises:
        DataError: the bytes are of a kind that holds no table, which the message names.
    """
    if data.startswith(b"\x1f\x8b"):
        return "gzip"
    if data.startswith(b"PAR1") and (data.endswith(b"PAR1") or b"\0" in data):
        return "parquet"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _inside_zip(data)
    for pattern, kind in _KINDS:
        if re.match(pattern, data[:512], re.DOTALL):
            raise not_a_table(kind)
    return ""


def check_name(suffix: str) -> None:
    """Raise DataError for a suffix of files of text that hold no table."""
    if suffix in _NAMED:
        raise not_a_table(_NAMED[suffix])


def not_a_table(kind: str, remedy: str = REMEDY) -> DataError:
    """Return the error for a file of some ``kind`` that holds no readable table."""
    return DataError(f"This is {kind}.", expected=EXPECTED, remedy=remedy)


def _inside_zip(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise not_a_table(
            "a damaged Excel or zip file (its end may be missing)",
            "Upload it again, or open it, save it anew and upload that.",
        ) from error
    names = [member.filename for member in members]
    if sum(member.file_size for member in members) > MAX_TEXT:
        raise too_large(f"The Excel or zip file unpacks to more than {mib(MAX_TEXT)}.", MAX_TEXT)
    if "xl/workbook.xml" in names:
        return "xlsx"
    for mark, kind in _ZIPS:
        if any(name.startswith(mark) or name.endswith("/" + mark) for name in names):
            raise not_a_table(kind)
    shown = ", ".join(ascii(name[:40]) for name in names[:3])
    raise not_a_table(f"a zip archive holding {shown or 'no file'}", "Unpack it and upload the table itself.")
