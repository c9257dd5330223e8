"""A server that fine-tunes as OpenAI's does, on this machine: takes files and jobs, and says that it has learnt."""

import json
import re
import threading
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-secret-4711"
STEPS = 3


class TuningServer:
    """A job goes one step on each time that it is asked for."""

    def __init__(self) -> None:
        self.files: dict[str, list[dict[str, Any]]] = {}
        """The rows of each file."""
        self.jobs: dict[str, dict[str, Any]] = {}
        self.failures: list[int] = []
        """What the next requests are answered with, in place of an answer."""
        self.reason: str | None = None
        """Why jobs fail; None and they succeed."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

            def _answer(self, body: bytes) -> None:
                if self.headers["Authorization"] != f"Bearer {KEY}":
                    self._send(401, {"error": {"message": "no such key"}})
                elif outer.failures:
                    self._send(outer.failures.pop(0), {"error": {"message": "not now"}})
                else:
                    self._send(*outer.answer(f"{self.command} {self.path}", self.headers["Content-Type"], body))

            def _send(self, status: int, what: object) -> None:
                body = json.dumps(what).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def answer(self, what: str, content_type: str | None, body: bytes) -> tuple[int, object]:
        """The status and the body of an answer."""
        if what == "POST /v1/files":
            return 200, self._take(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        if what == "POST /v1/fine_tuning/jobs":
            return self._begin(json.loads(body))
        if what.startswith("GET /v1/fine_tuning/jobs?"):
            return 200, {"object": "list", "data": list(self.jobs.values()), "has_more": False}
        found = re.fullmatch(r"(GET|POST) /v1/fine_tuning/jobs/([^/?]+)(?:/(events|cancel))?(?:\?.*)?", what)
        if found is None or found[2] not in self.jobs:
            return 404, {"error": {"message": "there is no such thing"}}
        job = self.jobs[found[2]]
        if found[3] == "cancel":
            job["status"] = "cancelled"
        if found[3] == "events":
            return 200, {"object": "list", "data": _events(job["step"]), "has_more": False}
        if found[3] is None:
            self._go_on(job)
        return 200, job

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, message: bytes) -> object:
        parts = {
            str(part.get_param("name", header="Content-Disposition")): part.get_payload(decode=True)
            for part in message_from_bytes(message).walk()
            if not part.is_multipart()
        }
        assert parts["purpose"] == b"fine-tune"
        file = parts["file"]
        assert isinstance(file, bytes)
        file_id = f"file-{len(self.files)}"
        self.files[file_id] = [json.loads(line) for line in file.decode().splitlines()]
        return {"id": file_id, "object": "file", "purpose": "fine-tune", "bytes": len(file), "status": "processed"}

    def _begin(self, asked: dict[str, Any]) -> tuple[int, object]:
        if asked["training_file"] not in self.files or asked["model"] != "small":
            return 400, {"error": {"message": f"{asked['model']} cannot be fine-tuned", "code": "invalid_model"}}
        job_id = f"ftjob-{len(self.jobs)}"
        self.jobs[job_id] = asked | {
            "id": job_id,
            "object": "fine_tuning.job",
            "status": "queued",
            "step": 0,
            "fine_tuned_model": None,
        }
        return 200, self.jobs[job_id]

    def _go_on(self, job: dict[str, Any]) -> None:
        if job["status"] not in ("queued", "running"):
            return
        job["status"] = "running"
        job["step"] += 1
        if job["step"] < STEPS:
            return
        if self.reason is not None:
            job |= {"status": "failed", "error": {"code": "x", "message": self.reason, "param": None}}
        else:
            job |= {
                "status": "succeeded",
                "fine_tuned_model": f"ft:{job['model']}:{job['suffix']}",
                "trained_tokens": 99,
            }


def _events(step: int) -> list[dict[str, Any]]:
    told = {"id": "e", "object": "fine_tuning.job.event", "created_at": 0, "level": "info", "message": f"Step {step}"}
    return [
        told | {"type": "metrics", "data": {"step": step, "total_steps": STEPS, "train_loss": 1 / step}},
        told | {"type": "message"},
    ]
