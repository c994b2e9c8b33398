#!/usr/bin/env bash
# Checks every published ADL file under some folders, as legacy text and without data, and prints the tally of
# grammar/published-files.md: one line per file, why a file is refused, and the counts.
#
#   tests/corpus.sh FOLDER ...
#
# ADLC names the compiler; files whose names or `info` say what they read are checked against that profile, others
# against the profile whose names they use best.
set -euo pipefail
adlc="${ADLC:-target/release/adlc}"
good=0 refused=0
while IFS= read -r -d '' file; do
  best="" errors=9999 what=""
  case "${file,,}" in
    *nanoaod*) profiles=(nanoaod) ;;
    *delphes*) profiles=(delphes) ;;
    *) profiles=(cutlang delphes nanoaod atlasodr2 cmsrun1) ;;
  esac
  for profile in "${profiles[@]}"; do
    if said=$("$adlc" check "$file" --edition legacy --schema "$profile" --json 2>&1); then
      best=$profile errors=0
      break
    fi
    count=$(grep -c '"severity":"error"' <<<"$said" || true)
    if [ "$count" -lt "$errors" ]; then
      best=$profile errors=$count what=$said
    fi
  done
  if [ "$errors" = 0 ]; then
    good=$((good + 1))
    echo "compiled ($best): $file"
  else
    refused=$((refused + 1))
    echo "refused ($best): $file"
    grep '"severity":"error"' <<<"$what" | grep -o '"title":"[^"]*\(\\"[^"]*\)*"' | sed 's/^"title":/    /' | sort | uniq -c | sort -rn | head -8
  fi
done < <(find "$@" -type f -name '*.adl' -print0 | sort -z)
echo "$((good + refused)) files: $good compiled, $refused refused"
