#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs a command on a display of its own, with a window manager: without one, windows hide each other and clicks miss.
set -u
told=$(mktemp -u)
mkfifo "$told"
Xvfb -displayfd 3 -screen 0 1600x1000x24 -nolisten tcp -noreset 3>"$told" >/dev/null 2>&1 &
server=$!
read -r number <"$told"
export DISPLAY=:$number
openbox >/dev/null 2>&1 &
manager=$!
sleep 1
"$@"
status=$?
kill "$manager" "$server" 2>/dev/null
exit "$status"
