#!/bin/sh
# The container without a container engine: runs the steps of the Dockerfile's build stage in a clean folder, and starts the services of compose.yaml on the tree they make, as
# their user, with a read-only root, no capabilities, no new privileges, and only the volumes that they mount. Needs root, and nothing of it is left when the service ends.
#
#   chroot.sh build FOLDER              as `docker build`; dependencies are copied from this checkout, or installed and compiled afresh with FULL=1
#   chroot.sh registry FOLDER [ARG...]  the registry, in the foreground; environment: PORT
#   chroot.sh signer FOLDER             the signer, in the foreground, without a network
#   chroot.sh node FOLDER ARG...        another program in the place of the registry
set -eu
repository=$(cd "$(dirname "$0")/../.." && pwd)

# What the build context holds after .dockerignore: its exceptions, none of which has a wildcard.
context() {
  sed -n 's/^!//p' "$repository/.dockerignore" | while read -r path; do
    if [ -e "$repository/$path" ]; then echo "$path"; fi
  done | tar -C "$repository" --exclude=node_modules -cf - -T - | tar -C "$1" -xf -
}

# One RUN line of the Dockerfile.
step() {
  case "$1" in
    *'image.sh base '*) echo "chroot.sh: left out, this machine has a compiler: $1" ;;
    *'image.sh dependencies'*)
      if [ "${FULL:-}" = 1 ]; then sh -c "$1"; else cp -R "$repository/node_modules" node_modules; fi
      ;;
    *) sh -c "$(echo "$1" | sed "s#/image#$folder/image#g; s#scripts$folder/image#scripts/image#g")" ;;
  esac
}

build() {
  folder=$1
  mkdir -p "$folder/src"
  cd "$folder/src"
  # The final stage is COPY of the tree, and settings that `service` reads below.
  sed -n '/^FROM .* AS build$/,/^FROM scratch$/p' "$repository/Dockerfile" >"$folder/steps"
  # A line that is continued is one step.
  sed -e ':more' -e '/\\$/N; s/\\\n//; t more' "$folder/steps" >"$folder/lines"
  while read -r verb rest; do
    case "$verb" in
      COPY)
        if [ "$rest" = '. .' ]; then
          context "$folder/src"
        else
          # COPY a b to/ : to a folder of the same name, or into the current one.
          target=${rest##* }
          for path in ${rest% *}; do
            case "$target" in
              ./) cp "$repository/$path" "./$(basename "$path")" ;;
              *) mkdir -p "$(dirname "$target")" && cp "$repository/$path" "$target" ;;
            esac
          done
        fi
        ;;
      RUN) step "$rest" ;;
      FROM | ARG | WORKDIR | '') ;;
      *)
        echo "chroot.sh: the build stage uses $verb, which this script does not know" >&2
        exit 1
        ;;
    esac
  done <"$folder/lines"
  cp -a "$folder/image/own/." "$folder/image/root/"
  # What a container runtime adds.
  mkdir -p "$folder/image/root/dev" "$folder/image/root/config"
  touch "$folder/image/root/dev/null" "$folder/image/root/dev/urandom" "$folder/image/root/config/registry.yaml"
}

# ENV lines of the Dockerfile as words for env(1).
environment() {
  sed -n '/^ENV /,/[^\\]$/p' "$repository/Dockerfile" | tr -d '\\' | sed 's/^ENV //' | tr -s ' \n' ' '
}

# Inside a mount namespace of its own: lays out the root and becomes the service.
service() {
  kind=$1
  folder=$2
  shift 2
  root=$folder/image/root
  mount --bind "$root" "$root"
  mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
  mount -t tmpfs -o size=64m,mode=1777,noexec,nosuid,nodev tmpfs "$root/tmp"
  for device in null urandom; do mount --bind "/dev/$device" "$root/dev/$device"; done
  for volume in data socket signer; do
    mount --bind "$folder/image/own/$volume" "$root/$volume"
  done
  if [ -f "$folder/registry.yaml" ]; then
    mount --bind "$folder/registry.yaml" "$root/config/registry.yaml"
    mount -o remount,bind,ro "$root/config/registry.yaml"
    config=/config/registry.yaml
  fi
  case "$kind" in
    signer) mount -o remount,bind,ro "$root/data" ;;
    *)
      # Not mounted there at all: an empty folder that nobody may write stands in its place.
      umount "$root/signer"
      mount -o remount,bind,ro "$root/socket"
      ;;
  esac
  mount -o remount,bind,ro "$root"
  # The words of the Dockerfile's ENV, split on purpose.
  # shellcheck disable=SC2046
  exec env -i $(environment) ${config:+SKILLWARD_CONFIG="$config"} \
    SKILLWARD_PORT="${PORT:-4873}" SKILLWARD_PUBLIC_URL="http://127.0.0.1:${PORT:-4873}" SKILLWARD_SIGNER_SOCKET=/socket/signer.sock \
    "$(command -v chroot)" "$root" /usr/bin/setpriv --reuid=10001 --regid=10001 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all --ambient-caps=-all \
    /usr/local/bin/node "$@"
}

case "${1:-}" in
  build) build "$2" ;;
  registry)
    folder=$2
    shift 2
    exec unshare --mount sh "$0" inside registry "$folder" /app/dist/skill.js serve "$@"
    ;;
  signer) exec unshare --mount --net sh "$0" inside signer "$2" /app/dist/skill.js signer --data /data --socket /socket/signer.sock --key /signer/release.key ;;
  node)
    folder=$2
    shift 2
    exec unshare --mount sh "$0" inside node "$folder" "$@"
    ;;
  inside)
    shift
    service "$@"
    ;;
  *)
    echo "chroot.sh: expected build, registry, signer or node" >&2
    exit 2
    ;;
esac
