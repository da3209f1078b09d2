# SPDX-License-Identifier: Apache-2.0
"""`python -m server.worker quick|model ENDPOINT [--engine module:factory]`: started by the front only."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys

from server.worker import parent_watch


def main() -> None:
    """Read the secret from standard input, then serve the front until it stops us or ends."""
    parser = argparse.ArgumentParser(prog="pullbrush-worker")
    parser.add_argument("kind", choices=("quick", "model"))
    parser.add_argument("endpoint")
    parser.add_argument("--engine", default="", help="module:factory, for tests")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the front's to handle
    secret = parent_watch.read_secret(sys.stdin.buffer)
    parent_watch.die_with(sys.stdin.buffer)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
    )
    serve(args.kind, args.endpoint, secret, args.engine)


def serve(kind: str, endpoint: str, secret: bytes, engine: str) -> None:
    """Connect first, then load: the front hears from a worker before anything heavy is imported."""
    from server.worker.mailbox import Mailbox

    mailbox = Mailbox(endpoint, {"t": "hello", "secret": secret, "pid": os.getpid(), "kind": kind})
    from server.worker import engine_interface
    from server.worker.loop import work

    if kind == "quick":
        from server.worker.quick_worker import Quick

        work(Quick(engine_interface.quick_engine(engine or engine_interface.QUICK)), mailbox)
    else:
        from server.worker.model_worker import Model

        if engine:
            work(Model(lambda: engine_interface.model_engine(engine)), mailbox)
        else:
            from server.worker.product_engines import foreseen

            work(
                Model(lambda: engine_interface.model_engine(engine_interface.MODEL), foreseen),
                mailbox,
            )


if __name__ == "__main__":
    main()
