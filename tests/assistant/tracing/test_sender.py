from assistant.tracing import Outbox
from ingest.catalogue import Catalogue
from tests.assistant.tracing.conftest import Start, record, trace_id, until
from tests.langfuse_server import LangfuseServer


def test_what_is_recorded_arrives_and_is_gone_from_the_outbox(
    catalogue: Catalogue, outbox: Outbox, langfuse: LangfuseServer, start: Start
) -> None:
    record(catalogue, outbox, *range(1, 121))
    start()
    until(lambda: outbox.waiting().rows == 0)
    assert langfuse.traces == {trace_id(number) for number in range(1, 121)}
    assert set(langfuse.arrivals.values()) == {1}
    assert langfuse.complaints == []
