#!/usr/bin/env bash
# All tests: formatting, lints, unit, language, golden and property tests, peer checks, documentation.
#
#   tests/run.sh
#
# The peer checks compare results with uproot, ROOT, hist and awkward. They use the Python that ADL_PYTHON names;
# without it, tests/python.sh installs these packages into target/python. With valgrind, the instructions of adlc in the
# release profile are counted (tests/bench/tests/instructions.rs). What cannot run is listed as skipped.
set -euo pipefail
cd "$(dirname "$0")/.."

begin=$SECONDS
log="${CARGO_TARGET_DIR:-target}/tests.log"
mkdir -p "$(dirname "$log")"
export RUST_BACKTRACE=0

step() {
  echo "== $1 ($((SECONDS - begin)) s)"
}

# One run with all reasons to fail is worth more than the first of them.
failed=()

if [ -z "${ADL_PYTHON:-}" ]; then
  step "Python packages"
  if python=$(tests/python.sh); then
    export ADL_PYTHON="$python"
  else
    echo "skipped: the Python packages of the peer checks cannot be installed"
    failed_python=1
  fi
fi
if [ -n "${ADL_REQUIRE_PEERS:-}" ] && [ -n "${failed_python:-}" ]; then
  failed+=("Python packages")
fi

step "formatting"
cargo fmt --all --check >/dev/null || { cargo fmt --all --check -- -l || true; failed+=("formatting"); }

step "lints"
cargo clippy --quiet --workspace --all-targets --locked -- -D warnings || failed+=("lints")

# Without valgrind the test that counts its instructions is skipped.
if command -v valgrind >/dev/null; then
  step "release build, whose instructions are counted"
  cargo build --release --quiet --package adlc --locked || failed+=("release build")
fi

step "tests"
cargo test --workspace --locked --no-fail-fast -- --show-output >"$log" 2>&1 || {
  failed+=("tests")
  # Of each failing program of tests what it said about the failures; or why nothing could be built.
  awk '/^failures:$/ { part++; if (part % 2 == 0) next } /^test result:/ { part = 0 } part % 2' "$log"
  grep -E '^error' -A 5 "$log" || true
  echo "all output: $log"
}

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps --document-private-items --locked || failed+=("documentation")

if [ -n "${CI:-}" ] && [ -d .git ]; then
  step "files that the tests changed"
  git diff --exit-code --stat || failed+=("changed files")
fi

step "results"
awk '
  /^test result:/ { passed += $4; broken += $6; ignored += $8 }
  /^counted: / { sub(/^counted: /, ""); counted[++n] = $0 }
  /^skipped: / { skipped[$0]++ }
  END {
    printf "tests: %d passed, %d failed, %d ignored\n", passed, broken, ignored
    for (i = 1; i <= n; i++) print counted[i]
    for (s in skipped) print s (skipped[s] == 1 ? "" : " (" skipped[s] " times)")
  }
' "$log"

if [ -n "${ADL_REQUIRE_PEERS:-}" ] && grep -qE '^skipped: .*(Python|ADL_PYTHON)' "$log"; then
  failed+=("peer checks were skipped")
fi
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "all passed in $((SECONDS - begin)) s"
