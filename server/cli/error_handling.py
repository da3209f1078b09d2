# SPDX-License-Identifier: Apache-2.0
"""The one place where whatever goes wrong becomes a sentence and an exit code, and with `--json` one object."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import typer

from protocol.errors import ProtocolError

from . import streams
from .problem import CANCELLED, ENGINE, FAILED, UNREAD, USAGE, Problem
from .sentences import in_words
from .words import of_os_error

TRACEBACK = "PULLBRUSH_TRACEBACK"
"""With this variable set, an error of ours shows where it is; for bug reports."""
OUTPUT = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)
"""How writing to standard output fails; files of ours have names beside these numbers."""
NO_ENGINE = ("session.", "engine.", "endpoint.", "auth.", "proto.")


def run(app: typer.Typer, arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    streams.prepare()
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _end(words, _guarded(app, words))
        streams.flush()
    except BrokenPipeError:
        code = UNREAD
    except OSError as problem:
        code = FAILED
        with suppress(OSError):
            sys.stderr.write(f"pullbrush: The output cannot be written: {of_os_error(problem)}\n")
    except KeyboardInterrupt:
        code = CANCELLED
    streams.give_up_output()
    sys.exit(code)


def _guarded(app: typer.Typer, words: list[str]) -> Problem | int:
    """The command's exit code, or what has become of it. Raises OSError when its output cannot be written."""
    try:
        code = app(args=words, prog_name="pullbrush", standalone_mode=False)
    except Problem as problem:
        return problem
    except typer.TyperException as error:
        # Without a command typer has shown the help already and has nothing to add.
        return Problem(_usage(error)) if error.format_message() else USAGE
    except typer.Exit as leave:
        code = leave.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = CANCELLED
    except ProtocolError as error:
        return _of_protocol(error)
    except SystemExit as leave:
        if isinstance(leave.__context__, OSError) and leave.__context__.errno == errno.EPIPE:
            raise BrokenPipeError from None
        code = leave.code
    except BrokenPipeError:
        raise
    except OSError as problem:
        if problem.filename is None and problem.errno in OUTPUT:
            raise
        return Problem(of_os_error(problem), code=FAILED)
    except MemoryError:
        text = "This takes more memory than there is. Work on a smaller picture or area."
        return Problem(text, code=FAILED)
    except Exception as error:
        return _unexpected(error)
    if code == CANCELLED:  # typer makes this of Ctrl+C, too
        return Problem("Cancelled; nothing was written.", code=CANCELLED)
    return code if isinstance(code, int) else 0


def _end(words: list[str], ending: Problem | int) -> int:
    """Say what there is to say; the exit code."""
    if isinstance(ending, int):
        return ending
    if "--json" in words and words[:1] != ["bench"]:  # there it names a file for the figures
        error = {"code": ending.name, "message": in_words(ending.sentence), "exit": ending.code}
        streams.print_json({"ok": False, "error": error})
    else:
        print(f"pullbrush: {in_words(ending.sentence)}", file=sys.stderr)
    return ending.code


def _of_protocol(error: ProtocolError) -> Problem:
    code = FAILED
    if error.code == "param.invalid":
        code = USAGE
    elif error.code.startswith(NO_ENGINE):
        code = ENGINE
    return Problem(error.message, code=code, name=error.code)


def _usage(error: Any) -> str:
    """What is wrong with the words of a command, and where to read more."""
    text = error.format_message().strip()
    if text[-1:] not in ".?!":
        text += "."
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "pullbrush"
    return f"{text} See `{path} --help`."


def _unexpected(error: Exception) -> Problem:
    if os.environ.get(TRACEBACK):
        traceback.print_exception(error, file=sys.stderr)
    return Problem(
        f"Something went wrong inside Pullbrush ({type(error).__name__}: {error}). Please report it, with what "
        f"the same command says when {TRACEBACK}=1 is set.",
        code=FAILED,
        name="internal",
    )
