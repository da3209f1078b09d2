# SPDX-License-Identifier: Apache-2.0
"""The diffusion core: inversion, the one loop, attention rules, guidance. Receives loaded modules.

Imports torch and `server.engine.canvas` at most; import its modules directly, this package imports nothing.

How an edit is put together::

    family   = Sd15(unet, autoencoder=vae, text_encoder=..., tokenizer=..., betas=Betas(...))   # sd15.py
    schedule = Schedule(steps=20, betas=family.betas)                                           # schedule.py
    denoiser = Denoiser(family, schedule, check=raise_if_cancelled)                             # denoiser.py
    cond, uncond = family.encode_text([prompt]), family.encode_text([""])
    trajectory = invert(denoiser, family.encode(pixels), cond, key=trajectory_key(...))         # inversion.py
    cache.put(trajectory.key, trajectory)                                                       # byte_cache.py

    base = Dragging(                                                                            # dragging.py
        denoiser=denoiser, settings=DragonSettings(...), trajectories=(trajectory,),
        text=cond, rows_text=cond, rows_uncond=uncond,
        terms=(Term(energy=Correspond(points=..., mask=..., weight=4.0), scale=500.0, region=inside), ...),
        memory=Memory(mode="replace", blind=(hole, old_place)),
        noise_region=inside, holes=(Hole(region=hole, strength=0.8, window=(0.0, 0.4)),), anchor=outside)
    latent = run(denoiser, z_start, base, noise=SeededNoise(seed), on_step=on_loop_step)        # loop.py
    pixels = family.decode(latent)

schedule.py    Betas, Schedule, Level, move, predict_x0, sigma: noise levels and DDIM moves
family.py      Family, Cond, Site and the names of roles; sd15.py is the first family
denoiser.py    Denoiser: eps, x0, or early features by exact truncation; calls `check` before every evaluation
evaluation_counter.py  Counter: evaluations, rows, truncated forwards, backwards by purpose
inversion.py   invert -> Trajectory (latents, keys/values, lazy reference features), trajectory_key
attention.py   attention_rules context manager, Rule; key_value_rules.py: RecordKV, UseKV, KVSource, ImagePrompt
loop.py        run, StepPlan, Row, RegionNoise, Anchor, LoopStep: the one loop
guidance.py    Look, Energy, Term, Guidance, guide: the one place that takes gradients
energies.py    Preserve, Contrast, Resemble, Paired, Sum, Scaled (grid masks); correspondence.py: Correspond and maps
noise.py       SeededNoise (CPU, keyed by step), StoredNoise
dragon_settings.py  DragonSettings: weights and windows as fractions of the schedule (no torch)
dragging.py    Dragging: the method that edits compose; Memory, Hole
published/     modes.py: move, drag, landmark, appearance, paste as the reference runs them; masks.py: its masks

Conventions: latents (1, c, h, w); masks (1, 1, h, w), bool or [0, 1]; the edit grid has twice the latent's side;
maps are (gh, gw, 2) with x, y in [0, 1] of the picture. Step i counts from the noisiest.
"""
