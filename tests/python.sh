#!/usr/bin/env bash
# Makes a Python environment with the packages of requirements.txt in target/python, if it is not there yet, and prints
# the path of its interpreter. Says on stderr what it does.
set -euo pipefail
cd "$(dirname "$0")/.."

venv="${CARGO_TARGET_DIR:-$PWD/target}/python"
done="$venv/requirements.txt"
if ! cmp --silent tests/requirements.txt "$done"; then
  echo "installing the packages of tests/requirements.txt into $venv" >&2
  rm -rf "$venv"
  "${PYTHON:-python3}" -m venv "$venv" >&2
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt >&2
  cp tests/requirements.txt "$done"
fi
echo "$venv/bin/python"
