#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A private Debian 13 for paint programs that this machine's system does not have: made once, kept, never mixed with it.
#
#   debian13.sh make NAME PACKAGE…            make the root if it is not there; prints its folder
#   debian13.sh run NAME [--bind FROM:TO | --see FROM:TO | --machine TO]… [--env A=B]… -- COMMAND…
#
# Needs root rights, mmdebstrap (installed by itself on Debian) and a Debian mirror: the machine's own, or
# PULLBRUSH_DEBIAN. Proxies, time limits and the like are those of the machine's apt. A broken download is tried once
# more. Exit 3: such a root cannot be had here; it says what is missing.
# A run has a mount namespace and process ids of its own: whatever happens in it, nothing stays mounted or running.
# Loopback is shared with the machine. --bind is writable, --see is not, --machine shows all of this machine below a
# folder; /tmp is empty in every run. A root whose programs draw with OpenGL (Krita ends without it) is made with
# GRAPHICS=1, which keeps Mesa's compiler.
set -euo pipefail

home=$(getent passwd "$(id -u)" | cut -d: -f6)  # not HOME: tests give themselves an empty one
ROOTS=${PULLBRUSH_ROOTS:-${PULLBRUSH_TEST_CACHE:-${home:-$HOME}/.cache/pullbrush-tests}}
VERB=${1:?make or run}
NAME=${2:?which root}
ROOT=$ROOTS/debian13-$NAME
ONE_TRY_S=900
shift 2

# Say what keeps this machine from having such a root; nothing when it may.
missing() {
  local probe
  if [ "$(uname -s)" != Linux ]; then
    echo "Linux"
  elif [ "$(id -u)" != 0 ]; then
    echo "root rights (sudo, or a container in which you are root)"
  elif ! command -v unshare flock >/dev/null; then
    echo "unshare and flock (Debian's package util-linux)"
  else
    probe=$(mktemp -d)
    unshare --mount --propagation private --pid --fork sh -c \
      'mount -t tmpfs tmpfs "$1" && mkdir "$1/proc" && mount -t proc proc "$1/proc" && chroot / true' \
      sh "$probe" 2>/dev/null ||
      echo "the right to unshare, mount and chroot (this container or kernel refuses it, though you are root)"
    rmdir "$probe"
  fi
}

mirror() {
  [ -n "${PULLBRUSH_DEBIAN:-}" ] && { echo "$PULLBRUSH_DEBIAN"; return; }
  find /etc/apt/sources.list /etc/apt/sources.list.d -name '*.list' -o -name '*.sources' 2>/dev/null |
    xargs -r sed -n 's/^deb \(\[[^]]*\] \)\?\(http[^ ]*\/debian\/\?\) .*/\2/p; s/^URIs: *\(http[^ ]*\/debian\/\?\)$/\1/p' | head -1 || true
}

# How this machine's apt reaches its mirrors (proxies, a clock that is wrong …), as options of mmdebstrap, one a line.
ways() {
  apt-config dump | sed -n -E \
    's/^(Acquire::(https?|Retries|ForceIPv[46]|Check-Date|Check-Valid-Until|Max-FutureTime)(::[^ ]+)? ".+");$/--aptopt=\1/p'
}

tools() {
  command -v mmdebstrap >/dev/null && return
  command -v apt-get >/dev/null ||
    { echo "A Debian 13 of its own needs mmdebstrap, which this system has no apt-get to install." >&2; exit 3; }
  { apt-get update -qq; apt-get install -y -qq --no-install-recommends mmdebstrap debian-archive-keyring; } >&2 ||
    { echo "apt-get could not install mmdebstrap; see above." >&2; exit 1; }
}

# What no test looks at is left out: texts, translations of others, and Mesa's compiler for graphics.
bootstrap() {
  local made=$1 from=$2 found; shift 2
  mapfile -t found < <(ways)
  [ -n "${GRAPHICS:-}" ] || found+=(--dpkgopt='path-exclude=/usr/lib/*/libLLVM*')
  rm -rf --one-file-system "$made"
  unshare --mount --propagation private timeout --kill-after=30 "$ONE_TRY_S" \
    mmdebstrap --quiet --variant=apt --mode=root --components=main \
    --aptopt='Acquire::Retries "3"' --aptopt='Acquire::http::Timeout "60"' "${found[@]}" \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='printf "#!/bin/sh\nexit 101\n" > "$1"/usr/sbin/policy-rc.d; chmod +x "$1"/usr/sbin/policy-rc.d' \
    --customize-hook='rm -rf "$1"/var/cache/apt/archives/*.deb "$1"/var/lib/apt/lists/*' \
    --include="$(IFS=,; echo "$*")" trixie "$made" "$from" </dev/null >&2
}

make_root() {
  local wanted="$*${GRAPHICS:+ graphics}" made="$ROOT.new" from lacks
  lacks=$(missing)
  [ -z "$lacks" ] || { echo "A Debian 13 of its own cannot be had here; it needs $lacks." >&2; exit 3; }
  mkdir -p "$ROOTS"
  exec 9>"$ROOT.lock"
  flock 9  # whoever else makes it now has made it afterwards
  [ "$(cat "$ROOT/.pullbrush-packages" 2>/dev/null)" = "$wanted" ] && { echo "$ROOT"; return; }
  tools
  from=$(mirror)
  [ -n "$from" ] || { echo "No Debian mirror is known here; name one in PULLBRUSH_DEBIAN." >&2; exit 3; }
  if ! bootstrap "$made" "$from" "$@" 9>&-; then
    echo "Debian 13 could not be put together; trying once more." >&2
    sleep 5
    bootstrap "$made" "$from" "$@" 9>&- ||
      { rm -rf --one-file-system "$made"; echo "Debian 13 could not be had from its mirror; see above." >&2; exit 1; }
  fi
  printf '%s' "$wanted" > "$made/.pullbrush-packages"
  rm -rf --one-file-system "$ROOT"
  mv "$made" "$ROOT"
  echo "$ROOT"
}

run_inside() {
  local binds=() vars=(PATH=/usr/bin:/bin:/usr/sbin:/sbin LANG=C.UTF-8 HOME=/tmp)
  while [ "$1" != -- ]; do
    case $1 in
      --bind) binds+=("$2:rw") ;;
      --see) binds+=("$2:ro") ;;
      --machine) binds+=("/:$2:all") ;;
      --env) vars+=("$2") ;;
      *) echo "debian13.sh run: what is $1?" >&2; exit 2 ;;
    esac
    shift 2
  done
  shift
  [ -d "$ROOT" ] || { echo "There is no $ROOT; make it first." >&2; exit 3; }
  exec unshare --mount --propagation private --pid --fork --kill-child bash -euc '
    root=$1; binds=$2; vars=$3; shift 3
    while IFS=: read -r from to how; do
      [ "$how" = all ] || continue
      mkdir -p "$root$to"; mount --rbind "$from" "$root$to"
    done <<< "$binds"
    mount -t proc proc "$root/proc"; mount --rbind /dev "$root/dev"; mount -t tmpfs tmpfs "$root/tmp"
    while IFS=: read -r from to how; do
      [ -n "$from" ] && [ "$how" != all ] || continue
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
