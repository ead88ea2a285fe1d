#!/bin/sh
# What the tests need beyond npm's packages of this project: git, OpenSSH's ssh-keygen and Debian's Chromium, and the real clients (clawhub, openclaw, skills) with the Node that they need.
set -eu
cd "$(dirname "$0")/.."
have() { command -v "$1" >/dev/null 2>&1; }
if ! have git || ! have ssh-keygen || ! { have chromium || have google-chrome; }; then
  if have apt-get; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends git openssh-client chromium >/dev/null
  else
    echo "test/setup.sh: install git, OpenSSH and chromium by hand; the browser tests are left out without one" >&2
  fi
fi
# Without install scripts: nothing of theirs runs before a test runs it.
npm ci --prefix test/clients --ignore-scripts --no-audit --no-fund
