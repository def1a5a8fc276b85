#!/bin/sh
# Makes sure that a Chromium or Chrome is there for the browser tests; where it can't, it says how.
set -eu
for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
if [ -d "/Applications/Google Chrome.app" ]; then exit 0; fi
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Debian's headless chromium for the browser tests ..."
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium-headless-shell >/dev/null ||
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
    exit 0
fi
echo "The browser tests need Chromium or Chrome: install one (on Debian or Ubuntu: sudo apt-get install chromium)." >&2
exit 1
