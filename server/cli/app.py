# SPDX-License-Identifier: Apache-2.0
"""The command `pullbrush`: its commands and their options.

Commands import what they need when they run, so that help and mistakes answer at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from protocol.edits import EDITS, EditModel

from . import error_handling
from .bench.commands import bench
from .editing import edit_command
from .examples import edit_epilog, epilog
from .output_options import Json, Manner, Overwrite, Progress, Quiet

app = typer.Typer(
    name="pullbrush",
    help="AI image editing on the artist's own canvas: drag a point and the picture follows.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog=epilog(""),
)
edits = typer.Typer(
    help="Edit a picture; one command per edit. Coordinates are pixels of the picture.",
    no_args_is_help=True,
    epilog=epilog("edit"),
)
plans = typer.Typer(
    help="Say what an edit would read, change and cost; nothing is computed or written.",
    no_args_is_help=True,
    epilog=epilog("plan"),
)
models_app = typer.Typer(
    invoke_without_command=True, no_args_is_help=False, epilog=epilog("models")
)
app.add_typer(edits, name="edit")
app.add_typer(plans, name="plan")
app.add_typer(models_app, name="models")
app.add_typer(bench, name="bench")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"pullbrush {version('pullbrush')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Say the version, and leave.", is_eager=True, callback=_version
        ),
    ] = False,
) -> None:
    """AI image editing on the artist's own canvas: drag a point and the picture follows."""
    del version


def _run_edit(request: edit_command.Request) -> None:
    from .editing.run import run

    run(request)


def _run_plan(request: edit_command.Request) -> None:
    from .editing.plan import plan

    plan(request)


for _kind, _edit in EDITS.items():
    _model = EditModel.of(_edit)
    edits.command(_kind, epilog=edit_epilog(_model, "edit"))(
        edit_command.command(_model, _run_edit, writes=True)
    )
    plans.command(_kind, epilog=edit_epilog(_model, "plan"))(
        edit_command.command(_model, _run_plan, writes=False)
    )


@app.command(epilog=epilog("redo"))
def redo(
    source: Annotated[Path, typer.Argument(metavar="OUT.ora", show_default=False)],
    out: edit_command.Out,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help="Change a setting, such as seed=3 or drag=1,2:3,4."
        ),
    ] = None,
    overwrite: Overwrite = False,
    mark_ai: edit_command.MarkAi = False,
    quiet: Quiet = False,
    progress: Progress = "bar",
    json: Json = False,
) -> None:
    """Make a result again from the recipe in an .ora, with other settings if you like."""
    from .editing.redo import redo

    manner = Manner(quiet=quiet, json=json, progress=progress)
    redo(source, out, settings or [], overwrite=overwrite, mark_ai=mark_ai, manner=manner)


@app.command(epilog=epilog("serve"))
def serve(
    idle_exit: Annotated[
        float, typer.Option(metavar="MINUTES", help="Leave after this long without any client.")
    ] = 10.0,
) -> None:
    """Run the engine in this terminal until Ctrl+C; usually it is started by who needs it."""
    from .serve import serve

    serve(idle_exit)


@app.command(epilog=epilog("stop"))
def stop(
    force: Annotated[
        bool, typer.Option("--force", help="Even if paint programs use it: they start another.")
    ] = False,
    json: Json = False,
) -> None:
    """End the running engine, and wait until it has ended."""
    from .stop import stop

    stop(as_json=json, force=force)


@app.command(epilog=epilog("demo"))
def demo(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Where the pictures go.")
    ] = Path("out/demo"),
    preset: Annotated[
        str, typer.Option(metavar="quick|balanced|faithful", help="How much work it may be.")
    ] = "balanced",
    overwrite: Overwrite = False,
) -> None:
    """Raise the sun and make the snowy mountain taller: before, after, animation, layers."""
    from .demo import demo

    demo(out, preset, overwrite=overwrite)


@models_app.callback()
def models(
    context: typer.Context,
    check: Annotated[bool, typer.Option("--check", help="Read every file and its hash.")] = False,
    words: Annotated[
        str, typer.Option("--words", metavar="NAME", help="List the words that a model knows.")
    ] = "",
    json: Json = False,
) -> None:
    """List the models that edits can name with --model, or convert one of your own."""
    if context.invoked_subcommand is not None:
        return
    from .models import models, words_of

    if words:
        words_of(words, as_json=json)
    else:
        models(check=check, as_json=json)


@models_app.command("convert", epilog=epilog("models convert"))
def models_convert(
    checkpoint: Annotated[Path, typer.Argument(metavar="FILE.pkl", show_default=False)],
    name: Annotated[
        str, typer.Option("--name", metavar="NAME", help="What to call it; else as the file.")
    ] = "",
    license_note: Annotated[
        str, typer.Option("--license", metavar="TEXT", help="Under which terms you have it.")
    ] = "",
    json: Json = False,
) -> None:
    """Make a model of a StyleGAN2 checkpoint (.pkl, .pt); nothing that is in the file is run."""
    from .convert import convert

    convert(checkpoint, name, license_note, as_json=json)


@app.command(epilog=epilog("doctor"))
def doctor(
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object, for programs and bug reports.")
    ] = False,
    prompt: Annotated[
        str | None,
        typer.Option("--prompt", metavar="TEXT", help="Say instead how a model reads this prompt."),
    ] = None,
    model: Annotated[
        str, typer.Option("--model", metavar="NAME", help="The model of --prompt.")
    ] = "scenes",
) -> None:
    """Say what works on this machine, what does not, and why."""
    from .diagnose.doctor import doctor

    doctor(as_json=as_json, prompt=prompt, model=model)


Folder = Annotated[
    Path | None,
    typer.Option("--folder", metavar="DIR", help="The resource folder of a portable program."),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]


@app.command(epilog=epilog("install"))
def install(
    program: Annotated[str, typer.Argument(metavar="krita|gimp")],
    folder: Folder = None,
    dry_run: Dry = False,
) -> None:
    """Put the plug-in into every Krita or GIMP of yours, and tell it how to start the engine."""
    from .installing.install import install

    install(program, folder, dry=dry_run)


@app.command(epilog=epilog("uninstall"))
def uninstall(
    program: Annotated[str, typer.Argument(metavar="krita|gimp")],
    folder: Folder = None,
    dry_run: Dry = False,
) -> None:
    """Take back all that `pullbrush install` did; documents keep their recipes."""
    from .installing.install import uninstall

    uninstall(program, folder, dry=dry_run)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; every way to fail ends in one sentence and an exit code."""
    error_handling.run(app, arguments)


if __name__ == "__main__":
    main()
