"""What was chosen for everybody, and outlives a restart."""

from typing import Any

from assistant.tables import PreferenceRow
from ingest.catalogue import Catalogue
from ingest.tables import utc_now


class Preferences:
    """Values by name. Thread-safe."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def get(self, name: str) -> Any:
        """What was chosen, a JSON value; None where nothing was."""
        with self._catalogue.session() as session:
            row = session.get(PreferenceRow, name)
            return row.value if row is not None else None

    def set(self, name: str, value: Any) -> None:
        """Choose; None takes it back."""
        with self._catalogue.writing() as session:
            row = session.get(PreferenceRow, name)
            if value is None:
                if row is not None:
                    session.delete(row)
            elif row is None:
                session.add(PreferenceRow(name=name, value=value))
            else:
                row.value, row.changed_at = value, utc_now()
