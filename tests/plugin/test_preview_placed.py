# SPDX-License-Identifier: Apache-2.0
"""What is seen on the way stands for the layers that its result will hide, and only while it is seen."""

from __future__ import annotations

from pathlib import Path

from fakes.around import END, START, Around

from protocol.plugin.drags import DragList

LATER = (18.0, 13.0)


def drawn(folder: Path) -> Around:
    around = Around(folder)
    around.desk.auto_run = False
    for end in ((14.0, 11.0), END):  # the first is read and prepared for
        around.desk.set_drags(DragList().add(START, end))
        around.tick()
    return around


def test_a_bend_and_a_step_stand_for_their_layer_before_there_is_a_result(tmp_path: Path) -> None:
    around = drawn(tmp_path)
    desk, net, paper = around.desk, around.net, (around.host.active(),)
    assert desk.status.will_hide == ()
    net.done(net.last("warp"), placement="instead")
    around.tick()
    assert (desk.session.outcome, desk.status.will_hide) == (None, paper)
    desk.run()
    around.tick()
    net.preview(net.last("edit"))
    around.tick()
    assert desk.status.will_hide == (), "this one lies over its layer"
    net.preview(net.last("edit"), "instead")
    around.tick()
    assert desk.status.will_hide == paper
    net.done(net.last("edit"), placement="instead")
    around.tick()
    assert desk.session.outcome is not None
    assert desk.status.will_hide == paper
    desk.discard()
    assert desk.status.will_hide == ()


def test_a_newer_bend_is_not_placed_as_the_older_result(tmp_path: Path) -> None:
    around = drawn(tmp_path)
    desk, net = around.desk, around.net
    desk.run()
    around.tick()
    net.done(net.last("edit"), placement="instead")
    around.tick()
    desk.set_drags(DragList().add(START, LATER))
    around.tick()
    net.done(net.last("warp"))
    around.tick()
    assert desk.session.outcome is not None
    assert desk.status.will_hide == ()
