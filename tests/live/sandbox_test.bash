#!/usr/bin/env bash
# scripts/live against the sandbox, which takes only tokens that a key has
# signed. It leaves no table behind, also when it fails.
set -euo pipefail

program=$1
live_call=$2
source=$3

scratch=$(mktemp -d)
sandbox=
finish() {
  if [[ -n $sandbox ]]; then
    kill -TERM "$sandbox" && wait "$sandbox" || true
  fi
  rm -rf "$scratch"
}
trap finish EXIT

fail() {
  tail -n 40 "$scratch"/{sandbox,live,broken} 2>/dev/null >&2 || true
  echo "$1" >&2
  exit 1
}

key=$scratch/key.json
touch "$scratch/sandbox"
"$program" sandbox --port=0 --strict-tokens --write-key="$key" \
  >"$scratch/sandbox" 2>&1 &
sandbox=$!
until url=$(grep -o 'http://[0-9.]*:[0-9]*' "$scratch/sandbox" | head -n 1) \
    && [[ -n $url ]]; do
  kill -0 "$sandbox" || fail "the sandbox did not start"
  sleep 0.1
done

call() {
  "$live_call" "$url" "$key" "$@"
}

list_tables() {
  call GET /bigquery/v2/projects/p/datasets/ds/tables </dev/null
}

[[ $(curl -s -o "$scratch/out" -w '%{http_code}' "$url/bigquery/v2/projects/p/datasets") == 401 ]] \
  || fail "the sandbox takes who has no token"
call POST /bigquery/v2/projects/p/datasets \
  <<<'{"datasetReference":{"datasetId":"ds"}}' | grep -x 200 >/dev/null \
  || fail "no dataset"

export BQS_PROGRAM=$program BQS_LIVE_CALL=$live_call
export BQS_LIVE_REPORTS=$scratch/reports
live() {
  "$source/scripts/live" p ds --endpoint="$url" --credentials="$key" "$@"
}

# Nothing without a yes.
live </dev/null | grep "nothing was done" || fail "it did not ask"
list_tables | grep bqs_live && fail "it made a table without a yes"

live --yes | tee "$scratch/live" || fail "scripts/live failed"
grep -q "998 rows stored, each once" "$scratch/live" || fail "no verdict"
[[ $(grep -c '^## ' "$scratch"/reports/words-*.md) -eq 32 ]] \
  || fail "the report lacks cases"
grep -q "no such field: nothing" "$scratch"/reports/words-*.md \
  || fail "the report lacks the service's words"
list_tables | grep bqs_live && fail "a table was left behind"

# A node that cannot start is a failure, and leaves no table either.
BQS_PROGRAM=/bin/false live --yes >"$scratch/broken" 2>&1 \
  && fail "it did without a node"
grep -q "the node did not start" "$scratch/broken" || fail "it failed otherwise"
list_tables | grep bqs_live && fail "a failure left a table behind"

# No secret has got anywhere.
if grep -rqE 'PRIVATE KEY|Bearer|eyJ[A-Za-z0-9_-]{20}' \
  "$scratch/reports" "$scratch/live" "$scratch/broken"; then
  fail "a secret was written down"
fi
echo "as it should be"
