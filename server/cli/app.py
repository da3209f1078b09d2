# SPDX-License-Identifier: Apache-2.0
"""The command `pullbrush`: its commands, and the one place where errors become sentences.

Commands import what they need when they run, so that help and mistakes answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from protocol.edits import EDITS, EditModel
from protocol.errors import ProtocolError

from . import edit
from .problem import FAILED, USAGE, Problem

CANCELLED = 130

app = typer.Typer(
    name="pullbrush",
    help="AI image editing on the artist's own canvas: drag a point and the picture follows.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
edits = typer.Typer(
    help="Edit a picture; one command per edit. Coordinates are pixels of the picture.",
    no_args_is_help=True,
)
bench = typer.Typer(help="Measure this machine and check the promises.", no_args_is_help=True)
models_app = typer.Typer(invoke_without_command=True, no_args_is_help=False)
app.add_typer(edits, name="edit")
app.add_typer(models_app, name="models")
app.add_typer(bench, name="bench")

Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write figures here.")]


def _run_edit(request: edit.Request) -> None:
    from .run import run

    run(request)


for _kind, _edit in EDITS.items():
    edits.command(_kind)(edit.command(EditModel.of(_edit), _run_edit))


@app.command()
def redo(
    source: Annotated[Path, typer.Argument(metavar="OUT.ora", show_default=False)],
    out: edit.Out,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Change a setting, such as seed=3 or drag=1,2:3,4."
        ),
    ] = None,
    quiet: edit.Quiet = False,
) -> None:
    """Make a result again from the recipe in an .ora, with other settings if you like."""
    from .redo import redo

    redo(source, out, settings or [], quiet=quiet)


@app.command()
def serve(
    idle_exit: Annotated[
        float, typer.Option(metavar="MINUTES", help="Leave after this long without any client.")
    ] = 10.0,
) -> None:
    """Run the engine in this terminal until Ctrl+C; usually it is started by who needs it."""
    from .serve import serve

    serve(idle_exit)


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FOLDER")] = Path("out/demo"),
    preset: Annotated[str, typer.Option(metavar="quick|balanced|faithful")] = "balanced",
) -> None:
    """Raise the sun and make the snowy mountain taller: before, after, animation, layers."""
    from .demo import demo

    demo(out, preset)


@models_app.callback()
def models(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Read every file and its hash.")] = False,
    words: Annotated[
        str, typer.Option("--words", metavar="NAME", help="List the words that a model knows.")
    ] = "",
) -> None:
    """List the models that edits can name with --model, or convert one of your own."""
    if context.invoked_subcommand is not None:
        return
    from .models import models, words_of

    if words:
        words_of(words)
    else:
        models(check=check)


@models_app.command("convert")
def models_convert(
    checkpoint: Annotated[Path, typer.Argument(metavar="FILE.pkl", show_default=False)],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What to call it; else as the file.")
    ] = "",
    license_note: Annotated[
        str, typer.Option("--license", metavar="TEXT", help="Under which terms you have it.")
    ] = "",
) -> None:
    """Make a model of a StyleGAN2 checkpoint (.pkl, .pt); nothing that is in the file is run."""
    from .convert import convert

    convert(checkpoint, name, license_note)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="For programs and bug reports.")] = False,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="TEXT", help="Say instead how a model reads this prompt."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", metavar="NAME", help="The model of --prompt.")
    ] = "scenes",
) -> None:
    """Say what works on this machine, what does not, and why."""
    from .doctor import doctor

    doctor(as_json=as_json, prompt=prompt, model=model)


Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="The resource folder of a portable program."),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]


@app.command()
def install(
    program: Annotated[str, typer.Argument(metavar="krita|gimp")],
    folder: Folder = None,
    dry_run: Dry = False,
) -> None:
    """Put the plug-in into every Krita or GIMP of yours, and tell it how to start the engine."""
    from .install import install

    install(program, folder, dry=dry_run)


@app.command()
def uninstall(
    program: Annotated[str, typer.Argument(metavar="krita|gimp")],
    folder: Folder = None,
    dry_run: Dry = False,
) -> None:
    """Take back all that `pullbrush install` did; documents keep their recipes."""
    from .install import uninstall

    uninstall(program, folder, dry=dry_run)


@bench.command("transport")
def bench_transport(
    side: Annotated[int, typer.Option(metavar="PIXELS", help="Side of the picture.")] = 2048,
    repeats: Annotated[int, typer.Option(metavar="N")] = 9,
    json: Json = None,
) -> None:
    """Pixels there and back: ours, PNG over HTTP, a bare copy; and how fast an engine starts."""
    from .bench import transport

    transport(side, repeats, json)


@bench.command("parity")
def bench_parity(
    fixtures: Annotated[
        Path, typer.Option(metavar="DIR", help="A folder of cases with published numbers.")
    ] = Path("tests/parity/fixtures"),
    json: Json = None,
) -> None:
    """Compare with the numbers of the published implementations, case by case."""
    from .bench import parity

    parity(fixtures, json)


@bench.command("edits")
def bench_edits(
    seed: Annotated[int, typer.Option(metavar="N", help="Other scenes for each seed.")] = 0,
    scenes: Annotated[int, typer.Option(metavar="M", help="How many scenes.")] = 6,
    method: Annotated[
        str, typer.Option(metavar="NAME", help="ours, or a stand-in that must fail.")
    ] = "ours",
    cost_steps: Annotated[
        int, typer.Option(metavar="N", help="Steps of the cost comparison; 0 leaves it out.")
    ] = 50,
    json: Json = None,
) -> None:
    """Edits of new scenes against the true answers, and their cost against the plain algorithm."""
    from .bench import edits as measure

    measure(seed, scenes, method, cost_steps, json)


@bench.command("draggan")
def bench_draggan(
    model: Annotated[
        str,
        typer.Option(
            metavar="NAME|FOLDER", help="A StyleGAN2 model, as heads-gan; else random weights."
        ),
    ] = "",
    size: Annotated[int, typer.Option(metavar="PIXELS", help="Size of random generators.")] = 256,
    width: Annotated[
        str, typer.Option(metavar="small|full", help="How wide they are; full is StyleGAN2's own.")
    ] = "small",
    steps: Annotated[int, typer.Option(metavar="N", help="Iterations of each loop.")] = 12,
    json: Json = None,
) -> None:
    """A live drag's iteration beside the published loop's, on the same weights: operations, time."""
    from .bench_gan import draggan

    draggan(model, size, width, steps, json)


@bench.command("model")
def bench_model(
    model: Annotated[
        str, typer.Option(metavar="NAME", help="A model's name, or the folder it lies in.")
    ] = "scenes",
    prompts: Annotated[
        int, typer.Option(metavar="N", help="Pictures to make; the published figures use 500.")
    ] = 500,
    steps: Annotated[int, typer.Option(metavar="N", help="DDIM steps.")] = 50,
    scale: Annotated[float, typer.Option(metavar="S", help="Guidance; 1 is none.")] = 3.0,
    inversions: Annotated[
        int, typer.Option(metavar="N", help="Pictures to invert and make again; 0 for none.")
    ] = 12,
    shaped: Annotated[
        int, typer.Option(metavar="N", help="Prompts for each of three other shapes; 0 for none.")
    ] = 0,
    processes: Annotated[
        int, typer.Option(metavar="N", help="Processes that paint, with one thread each.")
    ] = 1,
    half: Annotated[
        bool, typer.Option("--half", help="The network in bf16: faster where processors have it.")
    ] = False,
    sheet: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Write the first pictures side by side.")
    ] = None,
    before: Annotated[
        Path | None, typer.Option(metavar="JSON", help="Earlier figures to show beside these.")
    ] = None,
    json: Json = None,
) -> None:
    """Pictures from words nobody trained on, read by an evaluator: how much of each prompt is kept."""
    from .bench_model import Wanted
    from .bench_model import model as measure

    measure(
        Wanted(
            model=model,
            prompts=prompts,
            steps=steps,
            scale=scale,
            inversions=inversions,
            shaped=shaped,
            processes=processes,
            half=half,
            sheet=sheet,
            before=before,
            json=json,
        )
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every way to fail ends in one sentence and an exit code."""
    try:
        code = app(args=arguments, prog_name="pullbrush", standalone_mode=False)
        if code == CANCELLED:  # what typer makes of Ctrl+C
            raise KeyboardInterrupt
    except typer.Exit as exit_:
        code = exit_.exit_code
    except (typer.Abort, KeyboardInterrupt):
        code = _say("Cancelled; nothing was written.", CANCELLED)
    except Problem as problem:
        code = _say(problem.sentence, problem.code)
    except ProtocolError as error:
        code = _say(error.message, USAGE if error.code == "param.invalid" else FAILED)
    except typer.TyperException as error:
        # Without a command typer has shown the help already and has nothing to add.
        code = _say(_usage(message), USAGE) if (message := error.format_message()) else USAGE
    except BrokenPipeError:  # `pullbrush models | head`
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        code = FAILED
    sys.exit(code if isinstance(code, int) else 0)


def _usage(message: str) -> str:
    sentence = message.strip().rstrip(".")
    return f"{sentence}. Try `pullbrush --help`, or `--help` after a command."


def _say(sentence: str, code: int) -> int:
    print(f"pullbrush: {sentence}", file=sys.stderr)
    return code


if __name__ == "__main__":
    main()
