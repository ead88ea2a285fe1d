#!/bin/sh
# What the tests need beyond npm: git, and Debian's Chromium for the test that opens the HTML report in a real browser.
set -eu
have() { command -v "$1" >/dev/null 2>&1; }
if have git && { have chromium || have google-chrome; }; then exit 0; fi
if ! have apt-get; then
  echo "test/setup.sh: install git and chromium by hand; the browser test is left out without one" >&2
  exit 0
fi
as_root=""
[ "$(id -u)" = 0 ] || as_root="sudo"
$as_root apt-get update -qq
DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends git chromium >/dev/null
