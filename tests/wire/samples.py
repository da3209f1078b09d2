# SPDX-License-Identifier: Apache-2.0
"""One telling example of every message: what the golden bytes are made from."""

from __future__ import annotations

from protocol import messages as m
from protocol.images import Document, Image

NOW, THEN, JOB, OTHER, ENGINE = (
    "01M819S377XZEMFE1NKXTKJC3D",
    "01M819S400P0PYTHYGKBJTC9J1",
    "01M819W17GCDNJZGKGSA0Q97V9",
    "01M819W17GCDNJZGKGSA0Q97VA",
    "01M819W177XZEMFE1NKXTKJC3D",
)
DIGEST = "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"
PROFILE = "01M81A0000000000000000ICC0"
MODEL = m.Model(
    name="scenes",
    label="Scenes",
    family="sd15",
    state="loaded",
    bytes=40_000_000,
    ops=("drag", "move"),
)
DEVICE = m.Device(name="cpu", label="2 cores", bytes=8 << 30, free=6 << 30)
WORKER = m.Worker(
    name="model-0",
    state="busy",
    device="cpu",
    pid=4711,
    last_tick_ms=120,
    job=JOB,
    models=("scenes",),
    bytes=123,
)
SOURCE = Image(
    name="source",
    shape=(2, 3, 4),
    dtype="u2",
    order="bgra",
    alpha="straight",
    space=f"icc:{PROFILE}",
    rect=(-1, 7, 3, 2),
    blob="01M81A00000000000000SRCE00",
    frame=2,
)
MASK = Image(
    name="mask", shape=(2, 3, 1), dtype="u1", order="gray", rect=(-1, 7, 3, 2), blob="mask.1"
)
LAYER = Image(
    name="result", shape=(1, 2, 4), dtype="u1", order="rgba", alpha="straight", rect=(4, 5, 2, 1)
)
SMALL = Image(name="preview", shape=(1, 2, 3), dtype="u1", order="rgb", rect=(0, 0, 20, 10))
DOCUMENT = Document(key="3b9a", width=16_384, height=9_000)
DRAGS = [{"points": [[12.5, 30.0], [20.0, 31.25]]}, {"points": [[1.0, 2.0]]}]

SAMPLES: tuple[m.Message, ...] = (
    m.Hello(
        id=NOW,
        ms=5,
        proto=m.Proto(major=1, min_minor=0, max_minor=3),
        client=m.App(app="krita", app_version="5.2.9", plugin_version="0.1.0", pid=77),
        nonce=bytes(range(32)),
        window=16 << 20,
        want=("job.plan",),
    ),
    m.Challenge(re=NOW, engine_id=ENGINE, nonce2=bytes(range(32, 64)), mac=b"\xaa" * 32),
    m.Auth(id=THEN, mac=b"\x55" * 32, session="s-0123456789abcdef"),
    m.Welcome(
        re=THEN,
        session="s-0123456789abcdef",
        minor=0,
        caps=m.Caps(
            ops=(m.Op(name="drag", schema_hash=DIGEST),),
            models=(MODEL,),
            devices=(DEVICE,),
            features=("blob.patch", "job.update"),
            schema=DIGEST,
        ),
        limits=m.Limits(
            chunk_max=1 << 20,
            header_max=65_536,
            pixels_max=64 << 20,
            blob_bytes=2 << 30,
            jobs_queued=8,
        ),
        window=16 << 20,
        hb_ms=2000,
        resumed=True,
    ),
    m.Ping(n=3),
    m.Pong(n=3, workers=(WORKER,)),
    m.Error(
        re=NOW,
        code="param.invalid",
        message="must be 0 to 7, not 9",
        job=JOB,
        incident="i-42",
        detail={"path": "drags.0"},
    ),
    m.Bye(reason="shut down by its owner"),
    m.BlobHave(
        id=NOW,
        blobs=(m.BlobOffer(id=DIGEST, nbytes=48, digest=DIGEST), m.BlobOffer(id="b", nbytes=1)),
    ),
    m.BlobNeed(re=NOW, blobs=(DIGEST,)),
    m.BlobPut(blob=DIGEST, off=4, total=8, last=True, frames=(b"\x00\x01\xfe\xff",)),
    m.BlobPatch(
        id=NOW,
        new="b2",
        base="b1",
        width=4,
        height=3,
        pixel=2,
        rects=(m.PatchRect(x=0, y=0, width=1, height=2), m.PatchRect(x=2, y=1, width=2, height=1)),
        frames=(b"abcd", b"efgh"),
    ),
    m.BlobOk(blob=DIGEST, nbytes=8),
    m.BlobDrop(blobs=(DIGEST, "b2")),
    m.BlobGet(id=NOW, blob=DIGEST),
    m.BlobData(re=NOW, blob=DIGEST, off=0, total=4, frames=(b"{} \n",)),
    m.Credit(bytes=4 << 20),
    m.JobPlan(
        id=NOW, op="drag", document=DOCUMENT, params={"drags": DRAGS}, selection=(10, 20, 30, 40)
    ),
    m.JobPlanned(
        re=NOW,
        read_rect=(0, 0, 512, 512),
        region=((10, 20, 30, 40), (100, 100, 1, 1)),
        crop=(0, 0, 512, 512),
        model="scenes",
        bytes=300_000_000,
        eta_ms=8500,
        evaluations=98,
        warnings=("The region is larger than the model sees at once.",),
    ),
    m.JobSubmit(
        id=NOW,
        job=JOB,
        op="drag",
        document=DOCUMENT,
        images=(SOURCE, MASK),
        params={"drags": DRAGS, "prompt": "a snowy mountain · 雪山", "seed": 2**63 - 1, "grow": 4},
        selection=(-1, 7, 3, 2),
        task="edit",
        priority=3,
        preview=m.PreviewWish(every=2, max_px=256, credit=2),
        deadline_ms=60_000,
        replaces=OTHER,
        x={"krita.brush": "b)_Basic-5"},
    ),
    m.JobUpdate(id=NOW, job=JOB, rev=9, patch={"drags": DRAGS, "strength": 1.5}),
    m.JobCredit(job=JOB, previews=2),
    m.JobCancel(id=NOW, job=JOB, hard=True),
    m.JobResume(id=NOW, jobs=(m.JobSeen(job=JOB, last_seq=17), m.JobSeen(job=OTHER))),
    m.JobAck(job=JOB),
    m.JobAccepted(re=NOW, job=JOB, seq=1, position=2, eta_ms=9000, reuse=True),
    m.JobState(re=NOW, job=JOB, seq=17, state="running"),
    m.JobStarted(job=JOB, seq=2, worker="model-0"),
    m.JobProgress(
        job=JOB,
        seq=3,
        phase="edit",
        step=11,
        steps=20,
        rev=9,
        eta_ms=4000,
        note="moving",
        handles=((12.5, 30.0), (1.0, 2.0)),
    ),
    m.JobPreview(
        job=JOB, seq=4, image=SMALL, step=11, rev=9, frames=(b"\x10\x20\x30\x40\x50\x60",)
    ),
    m.JobChunk(job=JOB, seq=5, image=LAYER, off=4, total=8, frames=(b"\x01\x02\x03\x04",)),
    m.JobDone(
        job=JOB,
        seq=6,
        layers=(
            m.ResultLayer(image="result", name="Drag · 3F9K", placement="instead", opacity=0.5),
        ),
        kind="layer",
        seed=2**63 - 1,
        metrics={"evaluations": 98, "seconds": 7.25},
        provenance={"model": DIGEST, "engine": "0.1.0"},
    ),
    m.JobFailed(
        job=JOB,
        seq=6,
        code="gpu.oom",
        message="Not enough memory.",
        retryable=True,
        incident="i-43",
        detail={"need": 9},
    ),
    m.JobCancelled(job=JOB, seq=6, at_step=12),
    m.ModelList(id=NOW),
    m.ModelCatalogue(re=NOW, models=(MODEL,)),
    m.ModelLoad(id=NOW, model="scenes"),
    m.ModelUnload(id=NOW, model="scenes"),
    m.ModelState(re=NOW, model=MODEL),
    m.EngineStatus(id=NOW),
    m.EngineReport(
        re=NOW,
        version="0.1.0",
        uptime_ms=61_000,
        workers=(WORKER,),
        devices=(DEVICE,),
        sessions=2,
        queued=1,
        running=1,
        blob_bytes=48,
        result_bytes=8,
    ),
    m.EngineShutdown(id=NOW),
)
