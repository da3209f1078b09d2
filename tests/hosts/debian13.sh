#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private Debian 13 for paint programs that this machine's system does not have: made once, kept, never mixed with it.
#
#   debian13.sh make NAME PACKAGE…            make the root if it is not there; prints its folder
#   debian13.sh run NAME [--bind FROM:TO | --see FROM:TO]… [--env A=B]… -- COMMAND…
#
# Needs root, mmdebstrap (installed by itself on Debian) and a Debian mirror: the machine's own, or PULLBRUSH_DEBIAN.
# A run has a mount namespace and process ids of its own: whatever happens in it, nothing stays mounted or running.
# Loopback is shared with the machine. --bind is writable, --see is not; /tmp is empty in every run. A root whose
# programs draw with OpenGL (Krita ends without it) is made with GRAPHICS=1, which keeps Mesa's compiler.
set -euo pipefail

ROOTS=${PULLBRUSH_ROOTS:-$HOME/.cache/pullbrush-tests}
VERB=${1:?make or run}
ROOT=$ROOTS/debian13-${2:?which root}
shift 2

mirror() {
  [ -n "${PULLBRUSH_DEBIAN:-}" ] && { echo "$PULLBRUSH_DEBIAN"; return; }
  find /etc/apt/sources.list /etc/apt/sources.list.d -name '*.list' -o -name '*.sources' 2>/dev/null |
    xargs -r sed -n 's/^deb \(\[[^]]*\] \)\?\(http[^ ]*\/debian\/\?\) .*/\2/p; s/^URIs: *\(http[^ ]*\/debian\/\?\)$/\1/p' | head -1 || true
}

make_root() {
  local wanted="$*" made="$ROOT.new" from lean=(--dpkgopt='path-exclude=/usr/lib/*/libLLVM*')
  [ -z "${GRAPHICS:-}" ] || { wanted="$* graphics"; lean=(); }
  [ "$(cat "$ROOT/.pullbrush-packages" 2>/dev/null)" = "$wanted" ] && { echo "$ROOT"; return; }
  [ "$(id -u)" = 0 ] || { echo "Making a Debian 13 root needs root." >&2; exit 3; }
  command -v mmdebstrap >/dev/null ||
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap; } >&2
  from=$(mirror)
  [ -n "$from" ] || { echo "No Debian mirror is known here; name one in PULLBRUSH_DEBIAN." >&2; exit 3; }
  mkdir -p "$ROOTS"
  rm -rf "$made"
  # What no test looks at is left out: texts, translations of others, and Mesa's compiler for graphics.
  mmdebstrap --quiet --variant=apt --mode=root --components=main \
    --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Check-Date "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' ${lean[@]+"${lean[@]}"} \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" > "$1"/usr/sbin/policy-rc.d; chmod +x "$1"/usr/sbin/policy-rc.d' \
    --customize-hook='rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*' \
    --include="$(IFS=,; echo "$*")" trixie "$made" "$from" >&2
  printf '%s' "$wanted" > "$made/.pullbrush-packages"
  rm -rf "$ROOT"
  mv "$made" "$ROOT"
  echo "$ROOT"
}

run_inside() {
  local binds=() vars=(PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 HOME=/tmp)
  while [ "$1" != -- ]; do
    case $1 in
      --bind) binds+=("$2:rw") ;;
      --see) binds+=("$2:ro") ;;
      --env) vars+=("$2") ;;
      *) echo "debian13.sh run: what is $1?" >&2; exit 2 ;;
    esac
    shift 2
  done
  shift
  [ -d "$ROOT" ] || { echo "There is no $ROOT; make it first." >&2; exit 3; }
  exec unshare --mount --propagation private --pid --fork --kill-child bash -euc '
    root=$1; binds=$2; vars=$3; shift 3
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
    while IFS=: read -r from to how; do
      [ -n "$from" ] || continue
      if [ -d "$from" ]; then mkdir -p "$root$to"; else touch "$root$to"; fi
      mount --bind "$from" "$root$to"
      [ "$how" = rw ] || mount -o remount,bind,ro "$root$to"
    done <<< "$binds"
    mapfile -t vars <<< "$vars"
    exec chroot "$root" /usr/bin/env -i "${vars[@]}" "$@"
  ' debian13 "$ROOT" "$(printf '%s\n' ${binds[@]+"${binds[@]}"})" "$(printf '%s\n' "${vars[@]}")" "$@"
}

case $VERB in
  make) make_root "$@" ;;
  run) run_inside "$@" ;;
  *) echo "debian13.sh: make or run, not $VERB" >&2; exit 2 ;;
esac
