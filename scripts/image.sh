#!/bin/sh
# The steps of the container image, in one place: the Dockerfile calls them, and so does the test that builds the same tree without a container engine.
#
#   image.sh base IMAGE       refuse a base image that is not pinned by digest, then install the compiler (build stage only)
#   image.sh dependencies     npm ci without install scripts, then the one addon from source
#   image.sh build            dist/
#   image.sh tree OUT         the root file system: OUT/root (owned by root) and OUT/own (what the service owns)
#   image.sh check OUT        start the command inside that tree
#
# The tree holds Node, the libraries it is linked with, three tools that wall in the scanner, and our own bundle: no shell, no package manager, no compiler, no setuid file.
set -eu

# The user and group of both services. Also in the Dockerfile (USER) and in compose.yaml.
id=10001
source=$(cd "$(dirname "$0")/.." && pwd)

fail() {
  echo "image.sh: $*" >&2
  exit 1
}

base() {
  case "${1:-}" in
    *@sha256:????????????????????????????????????????????????????????????????) ;;
    *) fail "the base image must be pinned by digest: --build-arg NODE_IMAGE=docker.io/library/node:22-bookworm-slim@sha256:..., found by: docker buildx imagetools inspect docker.io/library/node:22-bookworm-slim" ;;
  esac
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends python3 make g++
  rm -rf /var/lib/apt/lists/*
}

dependencies() {
  cd "$source"
  # better-sqlite3 12, compiled against the headers of Node 24.19 or later, aborts when statements are collected outside of a call; 13 needs Node 22.14 and does not.
  case "$(node --version)" in
    v20.* | v22.*) ;;
    *) fail "Node $(node --version) cannot carry this version of better-sqlite3; take a base image with Node 22" ;;
  esac
  npm ci --ignore-scripts --no-audit --no-fund
  # No foreign binary: compiled here by npm's own node-gyp, against the headers that came with this Node where they did.
  headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
  if [ -d "$headers/include/node" ]; then set -- --nodedir="$headers"; else set --; fi
  npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
  node "$npm/node_modules/node-gyp/bin/node-gyp.js" rebuild --release --directory="$source/node_modules/better-sqlite3" "$@"
}

build() {
  cd "$source"
  npm run build -- --no-types
}

# Copies programs or libraries and all they are linked with, each to its own path below $1.
linked() {
  tree=$1
  shift
  for program in "$@"; do
    ldd "$program" | sed -n -e 's/^.*=> \(\/[^ ]*\) (.*$/\1/p' -e 's/^[[:space:]]*\(\/[^ ]*\) (.*$/\1/p'
  done | sort -u | while read -r library; do
    mkdir -p "$tree$(dirname "$library")"
    cp -L "$library" "$tree$library"
  done
}

tree() {
  out=${1:?image.sh tree OUT}
  [ ! -e "$out/root" ] || fail "$out/root exists"
  root=$out/root
  own=$out/own
  umask 022
  mkdir -p "$root/app/node_modules" "$root/etc" "$root/proc" "$root/tmp" "$root/usr/bin" "$root/usr/local/bin"
  chmod 1777 "$root/tmp"

  node=$(readlink -f "$(command -v node)")
  cp "$node" "$root/usr/local/bin/node"
  linked "$root" "$node" "$source/node_modules/better-sqlite3/build/Release/better_sqlite3.node"
  for name in unshare setpriv prlimit; do
    program=$(command -v "$name") || fail "$name is missing; install util-linux"
    cp -L "$program" "$root/usr/bin/$name"
    linked "$root" "$program"
  done

  printf 'root:x:0:0::/:/nonexistent\nskillward:x:%s:%s::/data:/nonexistent\n' "$id" "$id" >"$root/etc/passwd"
  printf 'root:x:0:\nskillward:x:%s:\n' "$id" >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

  cp -R "$source/dist" "$root/app/dist"
  rm -rf "$root/app/dist/types"
  cp "$source/package.json" "$source/LICENSE" "$root/app/"
  cp "$source/scripts/healthcheck.mjs" "$root/app/"
  # The bundle holds every package but the addon, what finds it, and what is imported by name (scripts/build.ts).
  for name in better-sqlite3 bindings cookie file-uri-to-path; do
    mkdir -p "$root/app/node_modules/$name"
    cp "$source/node_modules/$name/package.json" "$source/node_modules/$name/LICENSE"* "$root/app/node_modules/$name/"
  done
  cp "$source/node_modules/bindings/bindings.js" "$root/app/node_modules/bindings/"
  cp "$source/node_modules/file-uri-to-path/index.js" "$root/app/node_modules/file-uri-to-path/"
  cp -R "$source/node_modules/cookie/dist" "$root/app/node_modules/cookie/dist"
  cp -R "$source/node_modules/better-sqlite3/lib" "$root/app/node_modules/better-sqlite3/lib"
  mkdir -p "$root/app/node_modules/better-sqlite3/build/Release"
  cp "$source/node_modules/better-sqlite3/build/Release/better_sqlite3.node" "$root/app/node_modules/better-sqlite3/build/Release/"

  # Nobody gains a privilege by a file, and nobody but root may change one.
  find "$root" -type f -exec chmod a-s,go-w {} +
  find "$root" -type d ! -path "$root/tmp" -exec chmod 755 {} +

  mkdir -p "$own/data" "$own/signer" "$own/socket"
  chmod 700 "$own/data" "$own/signer" "$own/socket"
  if [ "$(id -u)" = 0 ]; then
    chown -R 0:0 "$root"
    chown -R "$id:$id" "$own"
  fi
}

check() {
  out=${1:?image.sh check OUT}
  said=$(env -i "$(command -v chroot)" "$out/root" /usr/local/bin/node /app/dist/skill.js --version)
  env -i "$(command -v chroot)" "$out/root" /usr/local/bin/node -e "new (require('/app/node_modules/better-sqlite3'))(':memory:').prepare('select 1').get()"
  env -i "$(command -v chroot)" "$out/root" /usr/bin/setpriv --version >/dev/null
  env -i "$(command -v chroot)" "$out/root" /usr/bin/prlimit --version >/dev/null
  env -i "$(command -v chroot)" "$out/root" /usr/bin/unshare --version >/dev/null
  [ -z "$(find "$out/root" -perm /6000 -type f)" ] || fail "the tree holds a setuid file"
  echo "image.sh: $said, $(du -sk "$out/root" | cut -f1) KiB"
}

step=${1:-}
case "$step" in
  base | dependencies | build | tree | check)
    shift
    "$step" "$@"
    ;;
  *) fail "expected base, dependencies, build, tree or check" ;;
esac
