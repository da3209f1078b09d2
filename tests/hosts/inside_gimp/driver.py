# SPDX-License-Identifier: Apache-2.0
"""What GIMP executes: loads the plug-in's package and one script of this folder, and leaves what that found."""

import json
import os
import sys
import traceback
from pathlib import Path

RIG, TESTS = Path(os.environ["RIG"]), os.environ["TESTS"]


def main() -> None:
    told = {"ok": False, "problem": "", "facts": {}}
    try:
        sys.path[:0] = [TESTS, f"{TESTS}/hosts/inside_gimp"]
        sys.dont_write_bytecode = True
        import bench

        bench.load_plugin(RIG / "cfg" / "plug-ins" / "pullbrush")
        args = json.loads((RIG / "args.json").read_text())
        script = __import__(args.pop("script"))
        script.run(told["facts"], args)
        told["ok"] = True
    except BaseException:
        told["problem"] = traceback.format_exc()
    beside = RIG / "result.new"
    beside.write_text(json.dumps(told))
    beside.replace(RIG / "result.json")


main()
