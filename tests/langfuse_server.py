"""A Langfuse on loopback that writes down what it is sent, checks it, and breaks as a test wants it to.

It takes traces as OTLP protobuf and scores in the form of new servers or of old ones, and holds both to the
SDK's own models. `python -m tests.langfuse_server PORT` runs one by hand.
"""

import base64
import gzip
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from pydantic import ValidationError

PUBLIC_KEY, SECRET_KEY = "pk-lf-test", "sk-lf-test"

_NOW = "2026-11-25T09:30:00.000Z"

Fault = int | Literal["hang", "cut", "drip", "redirect", "portal"] | None
"""A status to answer; or hang: no answer; cut: taken, but the connection ends before the answer; drip: an answer
that hardly goes on; redirect: to another place here; portal: a page to sign in on, as a network's gate gives it."""

Form = Literal["list", "single", "both"]


class LangfuseServer:
    """Thread-safe. What has arrived stands in the public attributes."""

    def __init__(self, *, scores: Form = "list", port: int = 0) -> None:
        self.spans: dict[str, dict[str, Any]] = {}
        """By span id, the last that came."""
        self.scores: dict[str, dict[str, Any]] = {}
        """By id, as they stand: the last that came, without those that were deleted."""
        self.deleted: list[str] = []
        """Paths, in order."""
        self.arrivals: Counter[str] = Counter()
        """How often each span and score came, by id."""
        self.log: list[tuple[str, str]] = []
        """What each request was about, in order: ("trace", id), ("score", id), ("deleted", id)."""
        self.complaints: list[str] = []
        """What no Langfuse would have taken."""
        self.requests = 0
        self.fault: Fault = None
        self.retry_after: str | None = None
        self.refused: set[str] = set()
        """Traces and scores, by id, that are refused with 400 whatever comes with them."""
        self.broken_by: set[str] = set()
        """Traces, by id, that it breaks on with 500."""
        self.form: Form = scores
        self.data_sets: dict[str, dict[str, Any]] = {}
        """By name."""
        self.items: dict[str, dict[str, Any]] = {}
        """By id, as they stand."""
        self._port = port
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._let_go = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the port of the last time."""
        self._let_go.clear()
        handler = type("Handler", (_Handler,), {"langfuse": self})
        ThreadingHTTPServer.allow_reuse_address = True
        self._server = ThreadingHTTPServer(("127.0.0.1", self._port), handler)
        self._server.daemon_threads = True
        self._port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections from now on."""
        self._let_go.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def trace(self, trace_id: str) -> dict[str, Any]:
        """A trace as Langfuse would show it: its root's fields, and the other spans in order."""
        spans = [span for span in self.spans.values() if span["trace"] == trace_id]
        root = next(span for span in spans if span["parent"] is None)
        children = [span for span in spans if span is not root]
        return root | {"observations": sorted(children, key=lambda span: (span["began"], span["name"]))}

    @property
    def traces(self) -> set[str]:
        """Ids of the traces that are there."""
        return {span["trace"] for span in self.spans.values()}

    @property
    def experiments(self) -> dict[str, set[str]]:
        """Ids of the items that each experiment has run, by its id."""
        found: dict[str, set[str]] = {}
        for span in self.spans.values():
            if (experiment := span["attributes"].get("langfuse.experiment.id")) is not None:
                found.setdefault(experiment, set()).add(span["attributes"]["langfuse.experiment.item.id"])
        return found

    def take_spans(self, body: bytes) -> int:
        request = ExportTraceServiceRequest.FromString(body)
        groups = [
            (group.scope, span)
            for spans in request.resource_spans
            for group in spans.scope_spans
            for span in group.spans
        ]
        ids = {span.trace_id.hex() for _, span in groups}
        if ids & self.refused:
            return 400
        if ids & self.broken_by:
            return 500
        with self._lock:
            for scope, span in groups:
                self._check_span(scope, span)
                read = _span(span)
                self.spans[read["id"]] = read
                self.arrivals[read["id"]] += 1
            self.log += [("trace", trace_id) for trace_id in sorted(ids)]
        return 200

    def take_scores(self, body: Any) -> tuple[int, dict[str, Any]]:
        from langfuse.api import CreateScoreRequest
        from langfuse.api.core.pydantic_utilities import parse_obj_as

        if isinstance(body, list) != (self.form == "list") and self.form != "both":
            return 400, {"message": "Invalid request data", "error": f"expected {self.form}"}
        scores: list[dict[str, Any]] = body if isinstance(body, list) else [body]
        answer: dict[str, Any]
        if {score.get("id") for score in scores} & self.refused:
            if isinstance(body, dict):
                return 400, {"message": "Invalid request data"}
            bad = [score for score in scores if score["id"] in self.refused]
            scores = [score for score in scores if score["id"] not in self.refused]
            errors = [{"message": "no"} for _ in bad]
            status, answer = 207, {"accepted": len(scores), "rejected": len(bad), "errors": errors}
        elif isinstance(body, list):
            status, answer = 202, {"message": "Accepted"}
        else:
            status, answer = 200, {"id": body["id"]}
        with self._lock:
            for score in scores:
                try:
                    parse_obj_as(CreateScoreRequest, score)
                except ValidationError as error:
                    self.complaints.append(str(error))
                if score.get("datasetRunId") is not None:
                    if score["datasetRunId"] not in self.experiments:
                        self.complaints.append(f"score {score['id']} of an experiment that there is not")
                elif score.get("traceId") not in self.traces:
                    self.complaints.append(f"score {score['id']} before its trace")
                known = self.scores.get(score["id"])
                if known is not None and any(known[field] != score[field] for field in ("name", "timestamp")):
                    self.complaints.append(f"score {score['id']} would stand there twice")
                self.scores[score["id"]] = score
                self.arrivals[score["id"]] += 1
                self.log.append(("score", score["id"]))
        return status, answer

    def take_data_set(self, body: dict[str, Any]) -> dict[str, Any]:
        from langfuse.api.core.pydantic_utilities import parse_obj_as
        from langfuse.api.datasets.types import CreateDatasetRequest

        parse_obj_as(CreateDatasetRequest, body)
        with self._lock:
            known = self.data_sets.get(body["name"], {"id": f"set-{len(self.data_sets)}", "createdAt": _NOW})
            self.data_sets[body["name"]] = {"metadata": None, "projectId": "p", **known, **body, "updatedAt": _NOW}
            return self.data_sets[body["name"]]

    def take_item(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        from langfuse.api.core.pydantic_utilities import parse_obj_as
        from langfuse.api.dataset_items.types import CreateDatasetItemRequest

        parse_obj_as(CreateDatasetItemRequest, body)
        data_set = self.data_sets.get(body["datasetName"])
        if data_set is None:
            return 404, {"message": "Dataset not found"}
        if body["id"] in self.refused:
            return 400, {"message": "Invalid request data"}
        with self._lock:
            known = self.items.get(body["id"], {"createdAt": _NOW, "status": "ACTIVE"})
            if known.get("datasetId", data_set["id"]) != data_set["id"]:
                self.complaints.append(f"item {body['id']} is of another data set")
            self.items[body["id"]] = {
                "metadata": None, "input": None, "expectedOutput": None, "mediaReferences": [], **known, **body,
                "datasetId": data_set["id"], "updatedAt": _NOW,
            }  # fmt: skip
            self.arrivals[body["id"]] += 1
            return 200, self.items[body["id"]]

    def listed(self, name: str, page: int, limit: int) -> tuple[int, dict[str, Any]]:
        if name not in self.data_sets:
            return 404, {"message": "Dataset not found"}
        found = [item for item in self.items.values() if item["datasetName"] == name]
        pages = -(-len(found) // limit)
        meta = {"page": page, "limit": limit, "totalItems": len(found), "totalPages": pages}
        return 200, {"data": found[(page - 1) * limit : page * limit], "meta": meta}

    def delete(self, path: str) -> int:
        kind, key = path.split("/")[-2:]
        with self._lock:
            self.deleted.append(path)
            self.log.append(("deleted", key))
            if kind == "scores":
                return 200 if self.scores.pop(key, None) else 404
            known = key in self.traces
            self.spans = {span_id: span for span_id, span in self.spans.items() if span["trace"] != key}
            return 200 if known else 404

    def count(self) -> None:
        with self._lock:
            self.requests += 1

    def hang(self) -> None:
        self._let_go.wait(60)

    def _check_span(self, scope: Any, span: Any) -> None:
        if scope.name != "langfuse-sdk" or not scope.version:
            self.complaints.append(f"scope {scope.name} {scope.version}")
        if len(span.trace_id) != 16 or len(span.span_id) != 8 or len(span.parent_span_id) not in (0, 8):
            self.complaints.append(f"ids of {span.name}")
        if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
            self.complaints.append(f"times of {span.name}")


class _Handler(BaseHTTPRequestHandler):
    langfuse: LangfuseServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.langfuse.count()
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._is_faulty():
            return
        if self.path == "/api/public/otel/v1/traces":
            body = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
            status, answer = self.langfuse.take_spans(body), b""
            if self.headers.get("Content-Type") != "application/x-protobuf":
                status = 400
            if status == 200:
                answer = ExportTraceServiceResponse().SerializeToString()
        elif self.path == "/api/public/scores":
            status, said = self.langfuse.take_scores(json.loads(raw))
            answer = json.dumps(said).encode()
        elif self.path == "/api/public/v2/datasets":
            status, answer = 200, json.dumps(self.langfuse.take_data_set(json.loads(raw))).encode()
        elif self.path == "/api/public/dataset-items":
            status, taken = self.langfuse.take_item(json.loads(raw))
            answer = json.dumps(taken).encode()
        else:
            status, answer = 404, b"{}"
        self._answer(status, answer)

    def do_GET(self) -> None:
        self.langfuse.count()
        if self._is_faulty():
            return
        if self.path == "/api/public/projects":
            project = {"id": "p", "name": "Canal Trust", "organization": {"id": "o", "name": "o"}, "metadata": {}}
            self._answer(200, json.dumps({"data": [project]}).encode())
        elif self.path.startswith("/api/public/v2/datasets/"):
            found = self.langfuse.data_sets.get(unquote(self.path.rpartition("/")[2]))
            self._answer(200 if found else 404, json.dumps(found or {"message": "Dataset not found"}).encode())
        elif self.path.startswith("/api/public/dataset-items?"):
            asked = parse_qs(urlsplit(self.path).query)
            status, listed = self.langfuse.listed(
                asked["datasetName"][0], int(asked["page"][0]), int(asked["limit"][0])
            )
            self._answer(status, json.dumps(listed).encode())
        else:
            self._answer(404, b"{}")

    def do_DELETE(self) -> None:
        self.langfuse.count()
        if not self._is_faulty():
            self._answer(self.langfuse.delete(self.path), b'{"message": "ok"}')

    def _is_faulty(self) -> bool:
        """Answer as the fault has it, or the wrong keys; whether there was something."""
        fault = self.langfuse.fault
        expected = base64.b64encode(f"{PUBLIC_KEY}:{SECRET_KEY}".encode()).decode()
        if fault == "hang":
            self.langfuse.hang()
            self.close_connection = True
        elif fault == "drip":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            for _ in range(1200):
                self.wfile.write(b" ")
                time.sleep(0.05)
        elif fault == "redirect":
            self._answer(307, b"", Location=f"{self.langfuse.url}/elsewhere")
        elif fault == "portal":
            self._answer(200, b"<h1>Sign in</h1>", Content_Type="text/html; charset=utf-8")
        elif isinstance(fault, int):
            # A server that echoes what it was sent must not make us write the keys down.
            body = f"you sent {self.headers.get('Authorization')} and {SECRET_KEY}".encode()
            more = {"Retry_After": self.langfuse.retry_after} if self.langfuse.retry_after else {}
            if fault == 502:  # of what stands before it
                body, more = b"<h1>Bad gateway</h1>", more | {"Content_Type": "text/html"}
            self._answer(fault, body, **more)
        elif self.headers.get("Authorization") != f"Basic {expected}":
            self._answer(401, b'{"message": "Invalid credentials"}')
        else:
            return False
        return True

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        if self.langfuse.fault == "cut":
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:  # whoever asked has gone
            self.close_connection = True


@contextmanager
def langfuse_server(*, scores: Form = "list") -> Iterator[LangfuseServer]:
    """A server that runs inside."""
    server = LangfuseServer(scores=scores)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def _span(span: Any) -> dict[str, Any]:
    return {
        "id": span.span_id.hex(),
        "trace": span.trace_id.hex(),
        "parent": span.parent_span_id.hex() or None,
        "name": span.name,
        "began": span.start_time_unix_nano,
        "ended": span.end_time_unix_nano,
        "attributes": {attribute.key: _value(attribute.value) for attribute in span.attributes},
    }


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None


if __name__ == "__main__":
    standing = LangfuseServer(port=int(sys.argv[1]), scores="both")
    standing.start()
    print(f"{standing.url}, keys {PUBLIC_KEY} {SECRET_KEY}")
    threading.Event().wait()
