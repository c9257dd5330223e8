"""Lay out the binary sample documents from their sources.

python samples/make_documents.py [--out FOLDER]

Two runs with the same libraries write the same bytes.
"""

import argparse
from pathlib import Path

from lay_out_office import make_docx, make_pptx, make_xlsx
from lay_out_pdf import make_pdf


def main() -> None:
    """Write every binary document into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Lay out the binary sample documents from their sources.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "documents", metavar="FOLDER")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    make_pdf("staff-handbook", folder, running_title="Staff handbook, seventh edition")
    make_pdf("incident-pack", folder, running_title="Incident pack, issue 4")
    make_docx("volunteer-handbook", folder)
    make_docx("travel-and-expenses", folder)
    make_pptx("induction-day", folder)
    make_xlsx("equipment-register", folder)


if __name__ == "__main__":
    main()
