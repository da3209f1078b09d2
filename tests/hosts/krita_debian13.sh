#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# The tests inside Krita once more, with the Krita 5.2 of Debian 13: krita_debian13.sh [PYTEST OPTION…]
#
# All of it runs in a private Debian 13 (debian13.sh): Krita, screen, tests, engine. Only .venv and the Python it was
# made with are the machine's, so that one must live outside /usr. The panel's own tests stay out: they need a PyQt5 for
# the Python of .venv, and `make test-hosts` has run them. Needs root; the Debian is kept in ~/.cache/pullbrush-tests.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
python=$(command -v python)
base=$(python -c 'import sys; print(sys.base_prefix)')
cache=${PULLBRUSH_TEST_CACHE:-$HOME/.cache/pullbrush-tests}
packages=(
  krita python3-pyqt5 python3-pyqt5.sip xvfb xdotool fonts-dejavu-core procps fonts-wqy-microhei
  libbz2-1.0 libffi8 libgomp1 liblzma5 libncursesw6 libreadline8t64 libsqlite3-0 libssl3t64 zlib1g # for that Python
)
if [ "$base" = /usr ]; then
  echo "Debian 13 has another Python than this system's $python was made with. Make .venv with one outside /usr:" \
    "make test-hosts-debian13 VENV=… PYTHON=…" >&2
  exit 3
fi

GRAPHICS=1 timeout --kill-after=30 1800 "$here/debian13.sh" make krita "${packages[@]}"
mkdir -p "$cache"
shots=()
if [ -n "${PULLBRUSH_SHOTS:-}" ]; then
  mkdir -p "$PULLBRUSH_SHOTS"
  shots=(--bind "$PULLBRUSH_SHOTS:$PULLBRUSH_SHOTS" --env "PULLBRUSH_SHOTS=$PULLBRUSH_SHOTS")
fi
exec timeout --kill-after=30 5400 "$here/debian13.sh" run krita --bind "$tree:$tree" --bind "$cache:$cache" \
  --see "$base:$base" --see "${python%/bin/python}:${python%/bin/python}" "${shots[@]}" \
  --env "PULLBRUSH_TEST_CACHE=$cache" --env PYTHONDONTWRITEBYTECODE=1 -- \
  bash -c 'cd "$1"; python=$2; shift 2; dpkg-query --show krita; exec "$python" -m pytest -p no:cacheprovider \
    -m host_krita --ignore tests/hosts/test_krita_widgets.py "$@" tests/hosts' krita13 "$tree" "$python" "$@"
