#!/bin/sh
# What the tests need beyond npm's packages of this project: git, OpenSSH's ssh-keygen and Debian's Chromium, and the real clients (clawhub, openclaw, skills) with the Node that they need, and the real pre-commit.
set -eu
cd "$(dirname "$0")/.."
have() { command -v "$1" >/dev/null 2>&1; }
if ! have git || ! have ssh-keygen || ! { have chromium || have google-chrome; } || ! python3 -c 'import ensurepip' >/dev/null 2>&1; then
  if have apt-get; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root="sudo"
    $as_root apt-get update -qq
    DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends git openssh-client python3-venv chromium >/dev/null
  else
    echo "test/setup.sh: install git, OpenSSH and chromium by hand; the browser tests are left out without one" >&2
  fi
fi
# Without install scripts: nothing of theirs runs before a test runs it.
npm ci --prefix test/clients --ignore-scripts --no-audit --no-fund
# pre-commit, every file of it by its digest. Without Python or its registry the one test of it is left out, and says so.
rm -rf test/pre-commit/venv
if python3 -m venv test/pre-commit/venv >/dev/null 2>&1 &&
  test/pre-commit/venv/bin/pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r test/pre-commit/requirements.txt; then
  :
else
  rm -rf test/pre-commit/venv
  echo "test/setup.sh: pre-commit could not be installed (python3 with venv, and PyPI); its test is left out" >&2
fi
