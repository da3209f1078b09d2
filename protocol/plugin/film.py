# SPDX-License-Identifier: Apache-2.0
"""The film of a result: the frames an edit went through, any of which can be chosen afterwards.

Its bytes are the engine's own (half floats, a row for every frame). Given back with the same parameters, the engine
takes a frame out of it instead of computing all anew; that is why a result with a film needs no second run, however
it was steered. It is kept with the recipe as an attachment, and so are small pictures of some frames (`film_sheet`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from ..edits import Drags, EditModel, Number
from ..errors import ParamError
from ..events import Result
from ..images import Image
from ..messages.base import Bytes
from ..messages.jobs import Task
from ..recipe import Bundle, RecipeError
from ..sentences import say
from .film_sheet import Sheet, sheet_in
from .film_strip import Seen
from .host import Rect
from .snapshot import Snapshot

FILM, FILM_FILE = "film", "film.bin"
"""The role that the film travels in, and its name among the attachments of a recipe."""
SHEET, SHEET_FILE = "film-frames", "film.png"
"""The same of the small pictures."""
BEGUN = "begun"
"""The role of a film that is gone on from at its end."""
LAST = -1
"""The value that means the last frame."""


class Blobs(Protocol):
    """What is needed of `protocol.client.Client`."""

    def put(self, data: Bytes, *, by_digest: bool = False) -> str: ...
    def drop(self, *blobs: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Film:
    """`frames` rows of `columns` half floats; `params` are those of the edit, of which `chooses` chooses a frame."""

    frames: int
    columns: int
    data: Bytes = field(repr=False)
    params: Mapping[str, Any] = field(repr=False)
    chooses: str
    sheet: Sheet | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if self.frames < 1 or self.columns < 1 or len(self.data) != 2 * self.frames * self.columns:
            raise ValueError(
                f"{self.frames} frames of {self.columns} columns do not fit {len(self.data)} bytes"
            )

    @property
    def rect(self) -> Rect:
        """Its shape, as the place of an attachment."""
        return (0, 0, self.columns, self.frames)

    @property
    def chosen(self) -> int:
        """The frame that its parameters choose."""
        frame = self.params.get(self.chooses, LAST)
        last = self.frames - 1
        return min(frame, last) if isinstance(frame, int) and frame >= 0 else last

    def files(self) -> dict[str, tuple[str, bytes, Rect]]:
        """What is attached to a recipe: {name: (role, bytes, place)}."""
        files = {FILM_FILE: (FILM, bytes(self.data), self.rect)}
        png = self.sheet.to_png(self.chosen, self.frames - 1) if self.sheet is not None else b""
        if self.sheet is not None and png:
            files[SHEET_FILE] = (SHEET, png, self.sheet.place)
        return files

    def fits(self, params: Mapping[str, Any]) -> bool:
        """Whether these parameters at most choose another of its frames."""
        return _without(self.chooses, params) == _without(self.chooses, self.params)

    def can_go_on(self, model: EditModel, params: Mapping[str, Any]) -> bool:
        """Whether these parameters at most move the targets of its arrows, none of which has way-points."""
        names = {name for name, spec in model.fields.items() if isinstance(spec, Drags)}
        before, now = (
            {k: v for k, v in one.items() if k not in names} for one in (self.params, params)
        )
        frame = self.chooses
        if params.get(frame) != LAST or _without(frame, before) != _without(frame, now):
            return False
        return all(_same_starts(self.params.get(name), params.get(name)) for name in names)

    def image(self, blob: str, name: str = FILM, frames: int = 0) -> Image:
        """The film, or its first frames only, as an input of a job."""
        rows = frames or self.frames
        return Image(
            name=name,
            shape=(rows, self.columns, 1),
            dtype="f2",
            order="gray",
            rect=(0, 0, self.columns, rows),
            blob=blob,
        )


class Films:
    """The film of one session, at most one: of the newest result, or of the recipe that was taken up."""

    def __init__(self, blobs: Blobs) -> None:
        self.film: Film | None = None
        self.seen = Seen()
        self._blobs = blobs
        self._sent: dict[int, str] = {}
        self._made_of: Snapshot | None = None
        self._crop: Rect | None = None

    def begin_with(self, film: Film | None, crop: Rect | None = None) -> None:
        """Take up the film of a recipe that read `crop`, or none."""
        self._drop()
        self.film, self._made_of, self._crop = film, None, crop

    def take(
        self, result: Result, model: EditModel, params: Mapping[str, Any], made_of: Snapshot
    ) -> None:
        """Take the film of a result that was made of these pixels, if it has one."""
        before, film = self.film, film_of(result, model, params)
        same = film is not None and before is not None and film.data == before.data
        if not same:
            self._drop()
        if film is not None:
            sheet = self.seen.sheet(before.sheet if same and before else None, made_of.rect)
            layers, source = result.done.layers, made_of.pixels.get("source")
            top = result.pictures.get(layers[-1].image) if layers else None
            film = replace(film, sheet=self.seen.with_result(sheet, film.chosen, top, source))
        self.film, self._made_of = film, made_of

    def begin(self, model: EditModel, params: Mapping[str, Any], made_of: Snapshot) -> None:
        """An edit is asked for: what will be seen of it follows what is gone on from, or begins anew."""
        film = self.film if self._goes_on(model, params, made_of) else None
        self.seen.begin(film.sheet if film is not None else None, film.chosen if film else 0)

    def move(
        self,
        model: EditModel,
        dx: int,
        dy: int,
        params: Mapping[str, Any],
        follow: Callable[[Snapshot], Snapshot],
    ) -> None:
        """The picture lies elsewhere now; `params` are what the film's say there."""
        if self.film is not None:
            self.film = moved(self.film, model, params, dx, dy)
        if self._made_of is not None:
            self._made_of = follow(self._made_of)
        if self._crop is not None:
            self._crop = (self._crop[0] + dx, self._crop[1] + dy, *self._crop[2:])
        self.seen.move(dx, dy)

    def count(self, model: EditModel | None, params: Mapping[str, Any]) -> int:
        """How many frames there are to choose from with these parameters."""
        film = self.film
        return film.frames if film and returns_frames(model) and film.fits(params) else 0

    def input_for(
        self, task: Task, model: EditModel, params: Mapping[str, Any], made_of: Snapshot
    ) -> tuple[Image, ...]:
        """What is given to a job besides the pixels it works on: the film to choose from, or to go on from."""
        film = self.film
        if task != "edit" or film is None:
            return ()
        if self._goes_on(model, params, made_of):
            rows = film.chosen + 1  # it goes on from the frame that is the result now
            return (film.image(self._blob(film, rows), BEGUN, rows),)
        if not self.count(model, params):
            return ()
        if self._made_of is not None and self._made_of is not made_of:
            return ()  # the picture is another now
        return (film.image(self._blob(film, film.frames)),)

    def _goes_on(self, model: EditModel, params: Mapping[str, Any], made_of: Snapshot) -> bool:
        film = self.film
        if film is None or not returns_frames(model) or film.fits(params):
            return False
        same = self._made_of is made_of or (self._made_of is None and self._crop == made_of.rect)
        return same and film.can_go_on(model, params)

    def _blob(self, film: Film, rows: int) -> str:
        """The first rows of the film, sent once."""
        if rows not in self._sent:
            data = memoryview(film.data).cast("B")[: 2 * film.columns * rows]
            self._sent[rows] = self._blobs.put(bytes(data))
        return self._sent[rows]

    def _drop(self) -> None:
        self._blobs.drop(*self._sent.values())
        self._sent = {}


def returns_frames(model: EditModel | None) -> bool:
    """Whether an edit goes through frames, one of which is chosen."""
    return model is not None and model.returns == "frames" and model.frame_field is not None


def film_of(result: Result, model: EditModel, params: Mapping[str, Any]) -> Film | None:
    """The film of a result, None when it has none that can be kept."""
    picture = result.pictures.get(FILM)
    if picture is None or picture.image.dtype != "f2" or picture.image.shape[2] != 1:
        return None
    frames, columns, _ = picture.image.shape
    return Film(
        frames=frames,
        columns=columns,
        data=bytes(picture.pixels),
        params=params,
        chooses=model.frame_field or "",
    )


def film_in(bundle: Bundle, model: EditModel) -> Film | None:
    """The film of a recipe, or None; raises RecipeError when it cannot be read."""
    attachment = bundle.recipe.attachments.get(FILM_FILE)
    if attachment is None or attachment.rect is None:
        return None
    _, _, columns, frames = attachment.rect
    try:
        return Film(
            frames=frames,
            columns=columns,
            data=bundle.files[FILM_FILE],
            params=bundle.recipe.params_for(model),
            chooses=model.frame_field or "",
            sheet=_sheet_in(bundle),
        )
    except ValueError as problem:
        raise RecipeError(say("recipe.part", part=FILM_FILE, reason=str(problem))) from None


def limited(model: EditModel, frames: int, chosen: object) -> EditModel:
    """The edit with only as many frames to choose from as there are."""
    name = model.frame_field
    if not frames or name is None or not returns_frames(model):
        return model
    spec = cast("Number", model.fields[name])
    most = max(frames - 1, chosen if isinstance(chosen, int) else 0)
    return replace(model, fields={**model.fields, name: replace(spec, maximum=most)})


def moved(
    film: Film, model: EditModel, params: Mapping[str, Any], dx: int = 0, dy: int = 0
) -> Film | None:
    """The film of a recipe whose parameters were moved along with its layer, None when they say something else."""
    sheet = film.sheet
    if sheet is not None:
        x, y, width, height = sheet.place
        sheet = replace(sheet, place=(x + dx, y + dy, width, height))
    try:
        return replace(film, params=model.plain(model.parse(dict(params))), sheet=sheet)
    except ParamError:
        return None


def _sheet_in(bundle: Bundle) -> Sheet | None:
    """The small pictures of a recipe; one whose pictures cannot be read has none."""
    attachment = bundle.recipe.attachments.get(SHEET_FILE)
    if attachment is None or attachment.rect is None or min(attachment.rect[2:]) < 1:
        return None
    try:
        return sheet_in(bundle.files[SHEET_FILE], attachment.rect)
    except ValueError:
        return None


def _same_starts(before: object, now: object) -> bool:
    """Whether two lists of drags [[[x, y], ...], ...] have the same handles, and lead straight to their targets."""
    if not isinstance(before, Sequence) or not isinstance(now, Sequence):
        return False
    old = cast("Sequence[Sequence[object]]", before)
    new = cast("Sequence[Sequence[object]]", now)
    straight = all(1 <= len(way) <= 2 for way in (*old, *new))
    return straight and [list(way[:1]) for way in old] == [list(way[:1]) for way in new]


def _without(left_out: str, params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name != left_out}
