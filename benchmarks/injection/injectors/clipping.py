"""Gradients clipped at the wrong moment."""

from __future__ import annotations

from collections.abc import Iterator

from ..mutation import Mutation, injects
from ..project import Project
from ..syntax import Site, method_sites, near_loop, optimizer_steps

CLIPS = ("clip_grad_norm_", "clip_grad_value_")


def clip_sites(project: Project) -> list[Site]:
    return [site for name in CLIPS for site in method_sites(project, name)]


@injects("TL703")
def clip_first(project: Project) -> Iterator[Mutation]:
    for clip in clip_sites(project):
        for backward in method_sites(project, "backward"):
            if backward.stmt in clip.block:
                moved = clip.file.insert_before(backward.stmt, clip.file.source(clip.stmt))
                edits = (clip.file.delete(clip.stmt), moved)
                yield Mutation("TL703", "clipping moved before backward()", edits, near_loop(project, clip))


@injects("TL704")
def clip_last(project: Project) -> Iterator[Mutation]:
    for clip in clip_sites(project):
        for step in optimizer_steps(project):
            if step.stmt in clip.block:
                moved = clip.file.insert_after(step.stmt, clip.file.source(clip.stmt))
                edits = (clip.file.delete(clip.stmt), moved)
                yield Mutation("TL704", "clipping moved after step()", edits, near_loop(project, clip))
