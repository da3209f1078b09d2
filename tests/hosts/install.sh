#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what the tests in paint programs need: install.sh PACKAGE…   (`make host-tools` names those that are not here)
#
# Nothing is asked and nothing waits for ever. Downloads are kept outside the tree, in ~/.cache/pullbrush-tests/apt, so
# that a second machine of the same kind can be given them. Exit 3: this may or can not install; it says what to do.
set -uo pipefail

[ $# -gt 0 ] || { echo "Everything that test-hosts needs is here."; exit 0; }
if ! command -v apt-get >/dev/null; then
  echo "test-hosts needs these, and this system has no apt-get to install them: $*" >&2
  exit 3
elif [ "$(id -u)" != 0 ]; then
  echo "test-hosts needs more than is here. As root, please: apt-get install --no-install-recommends $*" >&2
  exit 3
fi

kept=${PULLBRUSH_TEST_CACHE:-$HOME/.cache/pullbrush-tests}/apt
log=$kept/install.log
mkdir -p "$kept/archives/partial" || exit 1
export DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true NEEDRESTART_MODE=l LC_ALL=C.UTF-8
options=(
  -q -y
  -o "Dir::Cache::archives=$kept/archives" -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root
  -o Acquire::Retries=3 -o Acquire::http::Timeout=60 -o Acquire::https::Timeout=60 -o DPkg::Lock::Timeout=120
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold
)
within() { timeout --kill-after=30 "$@" </dev/null >>"$log" 2>&1; }

echo "Installing $* (the whole story is in $log) …"
echo "=== $(date -u +%FT%TZ) $*" >"$log"
within 300 dpkg --configure -a  # an earlier run may have been ended in the middle
within 300 apt-get "${options[@]}" update || echo "Some lists of packages are not to be had; going on with those that are."
if ! within 900 apt-get "${options[@]}" install --no-install-recommends "$@"; then
  tail -n 25 "$log" >&2
  echo "apt-get could not install $*; see above, or $log." >&2
  exit 1
fi
echo "Installed $(grep -c '^Setting up' "$log") packages in $SECONDS s."
