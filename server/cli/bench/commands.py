# SPDX-License-Identifier: Apache-2.0
"""The commands `pullbrush bench …`: their options, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.examples import epilog
from server.cli.output_options import Overwrite

bench = typer.Typer(
    help="Measure this machine and check the promises.",
    no_args_is_help=True,
    epilog=epilog("bench"),
)
Json = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write figures here.")]


def _writable(*places: Path | None, overwrite: bool) -> None:
    """What is measured for minutes must not be lost at the end. Raises Problem."""
    from server.cli.outputs import check_outputs

    wanted = [place for place in places if place is not None]
    for place in wanted:
        place.parent.mkdir(parents=True, exist_ok=True)
    check_outputs(wanted, overwrite=overwrite)


@bench.command("transport", epilog=epilog("bench transport"))
def bench_transport(
    side: Annotated[int, typer.Option(metavar="PIXELS", help="Side of the picture.")] = 2048,
    repeats: Annotated[int, typer.Option(metavar="N")] = 9,
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Pixels there and back: ours, PNG over HTTP, a bare copy; and how fast an engine starts."""
    _writable(json, overwrite=overwrite)
    from .report import transport

    transport(side, repeats, json)


@bench.command("parity", epilog=epilog("bench parity"))
def bench_parity(
    fixtures: Annotated[
        Path, typer.Option(metavar="DIR", help="A folder of cases with published numbers.")
    ] = Path("tests/parity/fixtures"),
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Compare with the numbers of the published implementations, case by case."""
    _writable(json, overwrite=overwrite)
    from .report import parity

    parity(fixtures, json)


@bench.command("edits", epilog=epilog("bench edits"))
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
    overwrite: Overwrite = False,
) -> None:
    """Edits of new scenes against the true answers, and their cost against the plain algorithm."""
    _writable(json, overwrite=overwrite)
    from .report import edits as measure

    measure(seed, scenes, method, cost_steps, json)


@bench.command("draggan", epilog=epilog("bench draggan"))
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
    overwrite: Overwrite = False,
) -> None:
    """A live drag's iteration beside the published loop's, on the same weights: operations, time."""
    _writable(json, overwrite=overwrite)
    from .gan import draggan

    draggan(model, size, width, steps, json)


@bench.command("model", epilog=epilog("bench model"))
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
    overwrite: Overwrite = False,
) -> None:
    """Pictures from words nobody trained on, read by an evaluator: how much of each prompt is kept."""
    _writable(json, sheet, overwrite=overwrite)
    from .model import Wanted
    from .model import model as measure

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
