"""An inference service that follows the alias `prod` and swaps models without a gap.

    python examples/inference_service.py train STORE       save a model, and let `prod` name it
    python examples/inference_service.py serve STORE PORT  answer until it is stopped

    curl -d '[1, 2, 3, 4]' http://127.0.0.1:PORT/infer
    {"output": [...], "model": "examples/service:1", "digest": "..."}

Train again, and a moment later the new version answers: it is loaded and warmed up beside the old
one, and requests that began with the old one end with it. A version that is damaged, or that cannot
be loaded, never gets a request. GET /health says which version answers and what troubles there are.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np

from podplanner.errors import PodplannerError
from podplanner.models import Following, follow, save

MODEL = "examples/service"
INPUTS, OUTPUTS = 4, 3
LONGEST = 10_000
# Bytes of a request: four numbers take far less.


def train(store: str) -> None:
    """Save a model: here the least squares answer to data that are new each time."""
    source = np.random.default_rng()
    inputs = source.standard_normal((500, INPUTS))
    outputs = inputs @ source.standard_normal((INPUTS, OUTPUTS))
    weights = np.linalg.lstsq(inputs, outputs, rcond=None)[0]
    saved = save({"weights": weights}, MODEL, store=store, alias="prod")
    print(f"saved {saved.reference}, digest {saved.manifest}")


def answer(model: dict[str, np.ndarray], inputs: list[float]) -> list[float]:
    """Return what a model says to an input."""
    return (np.asarray(inputs, dtype=float) @ model["weights"]).tolist()


def warm_up(model: dict[str, np.ndarray]) -> None:
    """Answer once before the first request does: a model that cannot is never swapped in."""
    answer(model, [0.0] * INPUTS)


class Handler(BaseHTTPRequestHandler):
    """Answers requests; each with the model that was current when it began."""

    protocol_version = "HTTP/1.1"
    models: Following

    def do_GET(self) -> None:
        """Say which version answers."""
        if self.path != "/health":
            self.send({"error": "there is only /health, and POST /infer"}, 404)
            return
        where, trouble = self.models.origin, self.models.trouble
        self.send(
            {"model": where.reference, "digest": where.digest,
             "trouble": None if trouble is None else str(trouble)}
        )  # fmt: skip

    def do_POST(self) -> None:
        """Answer an input."""
        try:
            length = int(self.headers.get("Content-Length", "0"))
            if not 0 <= length <= LONGEST:
                raise ValueError("the request is too long")
            inputs = json.loads(self.rfile.read(length))
            with self.models.using() as (model, where):
                output = answer(model, inputs)
        except (ValueError, TypeError) as error:
            self.send({"error": f"not {INPUTS} numbers: {error}"}, 400)
            return
        self.send({"output": output, "model": where.reference, "digest": where.digest})

    def send(self, document: dict[str, object], status: int = 200) -> None:
        """Send an answer."""
        content = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


def serve(store: str, port: int) -> None:
    """Answer until Ctrl-C."""
    with follow(f"{MODEL}:prod", store=store, every_s=1.0, prepare=warm_up) as models:
        Handler.models = models
        with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
            print(f"http://127.0.0.1:{server.server_port} answers with {models.origin.reference}",
                  flush=True)  # fmt: skip
            server.serve_forever()


if __name__ == "__main__":
    try:
        match sys.argv[1:]:
            case ["train", store]:
                train(store)
            case ["serve", store, port]:
                serve(store, int(port))
            case _:
                sys.exit(__doc__)
    except PodplannerError as error:
        sys.exit(f"{error.message}. {error.hint}")
    except KeyboardInterrupt:
        pass
