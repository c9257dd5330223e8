"""Which kinds of file are read, and what to do with those that are not."""

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Literal

FormatKey = Literal["pdf", "docx", "pptx", "xlsx", "csv", "tsv", "markdown", "html", "text", "eml"]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A kind of file that is read."""

    key: FormatKey
    label: str
    """With its article, as sentences need it: "a PDF"."""
    suffixes: tuple[str, ...]
    """In lower case; the first is the one to save or rename to."""


FORMATS = (
    Format(key="pdf", label="a PDF", suffixes=(".pdf",)),
    Format(key="docx", label="a Word document", suffixes=(".docx",)),
    Format(key="pptx", label="a PowerPoint presentation", suffixes=(".pptx",)),
    Format(key="xlsx", label="an Excel workbook", suffixes=(".xlsx",)),
    Format(key="csv", label="a CSV table", suffixes=(".csv",)),
    Format(key="tsv", label="a TSV table", suffixes=(".tsv",)),
    Format(key="markdown", label="a Markdown file", suffixes=(".md", ".markdown")),
    Format(key="html", label="an HTML page", suffixes=(".html", ".htm")),
    Format(key="text", label="a plain text file", suffixes=(".txt", ".text", ".rst", ".org", ".log")),
    Format(key="eml", label="an e-mail", suffixes=(".eml",)),
)
SUFFIXES = frozenset(suffix for known in FORMATS for suffix in known.suffixes)

_BY_SUFFIX = {suffix: known for known in FORMATS for suffix in known.suffixes}
_BY_KEY = {known.key: known for known in FORMATS}

SAVE_AS_WORD = "save it as .docx and add that"
SAVE_AS_EXCEL = "save it as .xlsx and add that"
SAVE_AS_POWERPOINT = "save it as .pptx and add that"
SAVE_AS_MAIL = "save it as .eml and add that"
SAVE_AS_PDF = "save it as PDF and add that"
SAVE_AS_HTML = "save it as .html and add that"
SAVE_AS_TEXT = "save what it says as .txt, .csv or .md and add that"
RECOGNISE_TEXT = "save it as a PDF with recognised text and add that"
UNPACK = "unpack it and add what is in it"
WRITE_DOWN = "write down what is said in it and add that"

_ADVICE = {
    SAVE_AS_WORD: (".doc", ".docm", ".dot", ".dotx", ".odt", ".rtf", ".pages", ".wpd", ".wps"),
    SAVE_AS_EXCEL: (".xls", ".xlsm", ".xlsb", ".ods", ".numbers"),
    SAVE_AS_POWERPOINT: (".ppt", ".pptm", ".pps", ".ppsx", ".odp", ".key"),
    SAVE_AS_MAIL: (".msg", ".mbox", ".pst"),
    SAVE_AS_PDF: (".epub", ".mobi", ".azw3", ".djvu", ".ps", ".eps", ".xps", ".tex", ".vsdx", ".drawio"),
    SAVE_AS_HTML: (".mht", ".mhtml", ".xhtml", ".webarchive"),
    SAVE_AS_TEXT: (".json", ".jsonl", ".ndjson", ".xml", ".yaml", ".yml", ".toml", ".ini"),
    RECOGNISE_TEXT: (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".heic", ".svg"),
    UNPACK: (".zip", ".gz", ".tar", ".tgz", ".bz2", ".xz", ".7z", ".rar"),
    WRITE_DOWN: (".mp3", ".wav", ".m4a", ".flac", ".ogg", ".mp4", ".mov", ".avi", ".mkv", ".webm"),
}
_ADVICE_BY_SUFFIX = {suffix: advice for advice, suffixes in _ADVICE.items() for suffix in suffixes}


def describe_formats() -> str:
    """The kinds that are read, for people: one phrase without a full stop."""
    return (
        "PDF, Word (.docx), PowerPoint (.pptx), Excel (.xlsx), CSV, TSV, Markdown, HTML, plain text and e-mail (.eml)"
    )


def format_of(name: str) -> Format | None:
    """The format that the suffix of `name` stands for; None where it is not read."""
    return _BY_SUFFIX.get(suffix_of(name))


def format_by_key(key: FormatKey) -> Format:
    """The format called `key`."""
    return _BY_KEY[key]


def suffix_of(name: str) -> str:
    """The suffix of a file's name in lower case, with its dot; "" where there is none."""
    return PurePosixPath(name).suffix.lower()


def unsupported_sentence(name: str) -> str:
    """What to tell the person who adds a file of a kind that is not read."""
    suffix = suffix_of(name)
    kind = f"{suffix} files are" if suffix else "files without a suffix are"
    if advice := _ADVICE_BY_SUFFIX.get(suffix):
        return f"“{name}” cannot be read, since {kind} not supported: {advice}."
    return f"“{name}” cannot be read, since {kind} not supported: add {describe_formats()}."
