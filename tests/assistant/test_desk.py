import subprocess
import sys

from assistant.desk import Desk
from assistant.settings import Settings
from ingest.ingestion import Outcome
from ingest.sources import walk
from tests.conftest import SAMPLES

HEAVY = (
    *("torch", "chromadb", "llama_cpp", "sentence_transformers", "transformers", "unstructured", "spacy", "alembic"),
    *("openai", "nemoguardrails", "presidio_analyzer", "langfuse", "opentelemetry.proto"),
)

_OPEN = """
import sys, tempfile
from pathlib import Path
from assistant.desk import Desk
from assistant.settings import Settings
import pages.answer, pages.batches, pages.feedback, pages.opened, pages.sidebar
home = Path(sys.argv[1])
with Desk(Settings(home=home)) as desk:
    desk.conversations.of("p" * 32), desk.measured("local"), desk.backends.models("local")
    desk.catalogue.counts(), desk.models.list(), desk.catalogue.documents(), desk.jobs.unfinished()
print(*(name for name in sys.argv[2:] if name in sys.modules))
"""


def test_opening_the_desk_imports_nothing_heavy(desk: Desk) -> None:
    command = [sys.executable, "-c", _OPEN, str(desk.home), *HEAVY]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert loaded == []


def test_the_whole_desk_runs_on_postgresql(settings: Settings, empty_postgres: str) -> None:
    with Desk(settings.model_copy(update={"catalogue_url": empty_postgres})) as desk:
        outcomes: list[Outcome] = list(
            desk.ingest(walk([SAMPLES / "documents" / "boat-licences.md"], collection="postgres"))
        )
        assert [outcome.status for outcome in outcomes] == ["added"]
        assert desk.search("licence for a canoe", k=1).passages[0].document == "boat-licences.md"
        [document] = desk.catalogue.documents("postgres")
        desk.remove([document.id])
        assert desk.search("licence for a canoe", k=1).passages == ()


def test_search_keeps_to_collections(sample_desk: Desk) -> None:
    assert sample_desk.search("boots", k=3, collections=["samples"]).passages
