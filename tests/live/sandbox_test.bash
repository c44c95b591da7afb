#!/usr/bin/env bash
# scripts/live against the sandbox, which takes only tokens that a key has
# signed, by TLS, takes its time, and knows tables and their changes seconds
# later only. It leaves no table behind, whatever happens.
set -euo pipefail

program=$1
export BQS_LIVE_SUITE=$2 BQS_LIVE_CALL=$3
source=$4

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
  tail -n 60 "$scratch"/sandbox "$scratch"/said.* 2>/dev/null >&2 || true
  echo "$1" >&2
  exit 1
}

"$program" make-certs "$scratch/certs" 127.0.0.1 >"$scratch/made"
key=$scratch/key.json
"$program" sandbox --port=0 --strict-tokens --write-key="$key" \
  --tls-cert="$scratch/certs/node.crt" --tls-key="$scratch/certs/node.key" \
  >"$scratch/sandbox" 2>&1 &
sandbox=$!
until url=$(grep -o 'https://[0-9.]*:[0-9]*' "$scratch/sandbox" | head -n 1) \
    && [[ -n $url ]]; do
  kill -0 "$sandbox" || fail "the sandbox did not start"
  sleep 0.1
done

settings=("--bigquery.endpoint=$url" "--bigquery.credentials=$key"
  "--bigquery.ca-file=$scratch/certs/ca.crt")

call() {
  "$BQS_LIVE_CALL" "${settings[@]}" "$@"
}

as_anybody() {
  curl -s --cacert "$scratch/certs/ca.crt" "$@"
}

# faults LINE...: in place of all others.
faults() {
  printf '%s\n' "$@" | as_anybody --data-binary @- "$url/sandbox/faults" \
    >"$scratch/faults"
}

no_table_left() {
  call GET /projects/p/datasets/ds/tables </dev/null >"$scratch/tables"
  ! grep -q bqs_live "$scratch/tables" || fail "$1"
}

export TMPDIR=$scratch/tmp BQS_LIVE_REPORTS=$scratch/reports
mkdir "$TMPDIR" "$BQS_LIVE_REPORTS"

# live CODE NAME [ARGUMENT...]: what it says goes to said.NAME.
live() {
  local wanted=$1 said=$scratch/said.$2 code=0
  shift 2
  "$source/scripts/live" "$@" >"$said" 2>&1 </dev/null || code=$?
  [[ $code -eq $wanted ]] || fail "$said: it ended with $code, not $wanted"
}

says() {
  grep -q -- "$2" "$scratch/said.$1" || fail "said.$1 lacks: $2"
}

[[ $(as_anybody -o "$scratch/out" -w '%{http_code}' \
  "$url/bigquery/v2/projects/p/datasets") == 401 ]] \
  || fail "the sandbox takes who has no token"
call POST /projects/p/datasets <<<'{"datasetReference":{"datasetId":"ds"}}' \
  | grep -x 200 >"$scratch/out" || fail "no dataset"

# Nothing without a yes.
live 0 no p ds "${settings[@]}"
says no "It takes at most"
says no "What would be more is not sent"
says no "nothing was done"
no_table_left "it made a table without a yes"

# What is wrong is said, and nothing is made.
live 64 usage p
live 64 setting p ds --bigquery.credentialz=x --yes
says setting "bigquery.credentialz"
live 64 twice p ds --bigquery.project=q --yes
says twice "bigquery.project"
# Files are looked for where the user stands.
(cd "$scratch" && live 69 dataset p nowhere "${settings[0]}" --yes \
  --bigquery.credentials=key.json --bigquery.ca-file=certs/ca.crt)
says dataset "the dataset p:nowhere cannot be used: HTTP 404"
live 69 key p ds "${settings[0]}" "${settings[2]}" \
  --bigquery.credentials=/nowhere/key.json --yes
says key "/nowhere/key.json"
live 69 authority p ds "${settings[0]}" "${settings[1]}" --yes
says authority "certificate"
# By the proxy that was named, where nobody is.
live 69 proxy p ds "${settings[1]}" --yes \
  --bigquery.endpoint=https://bigquery.example \
  --bigquery.proxy=http://127.0.0.1:1
says proxy "proxy: "
no_table_left "it made a table where it could not go on"

# The whole.
faults latency=25ms new-table-404=1s..3s stale-schema=2s
live 0 whole p ds "${settings[@]}" --yes
cat "$scratch/said.whole"
says whole "PASSED"
says whole "it took .* USD"
! grep -q SKIPPED "$scratch/said.whole" || fail "a scenario was left out"
[[ $(grep -c '^## ' "$scratch"/reports/*/words.md) -eq 32 ]] \
  || fail "the report lacks cases"
grep -q "no such field: nothing" "$scratch"/reports/*/words.md \
  || fail "the report lacks the service's words"
no_table_left "a table was left behind"

export GTEST_FILTER='rows.packed*'

# A scenario that fails is a failure, and leaves no table either.
faults rows=invalid,every=1
live 1 broken p ds "${settings[@]}" --yes
says broken "FAILED"
no_table_left "a failure left a table behind"

# A table that cannot be deleted is named.
faults method=tables.delete,status=403
live 1 kept p ds "${settings[@]}" --yes
says kept "the table ds.bqs_live_.*plain could not be deleted (HTTP 403)"
faults latency=1ms
for mark in "$scratch"/reports/*/tables/*; do
  call DELETE "/projects/p/datasets/ds/tables/${mark##*/}" </dev/null \
    >"$scratch/out"
  rm "$mark"
  rmdir "${mark%/*}"
done
no_table_left "the marks of tables lack one"

# Ended in the middle of it.
faults latency=300ms
GTEST_FILTER='trouble.a_node*' "$source/scripts/live" p ds "${settings[@]}" \
  --yes >"$scratch/said.ended" 2>&1 </dev/null &
live=$!
until pgrep -f "bqstreamer node .*$url" >"$scratch/out"; do
  kill -0 "$live" || fail "it ended by itself"
  sleep 0.1
done
kill -TERM "$live"
code=0
wait "$live" || code=$?
[[ $code -eq 130 ]] || fail "it ended with $code, not 130"
no_table_left "it left a table behind when it was ended"
! pgrep -f -- "$url" >"$scratch/out" || fail "it left a node behind"

# Nothing stays of it, and no secret has got anywhere.
[[ -z $(ls "$TMPDIR") ]] || fail "it left files behind"
[[ -z $(find "$scratch/reports" -name tables) ]] \
  || fail "it left marks of tables behind"
if grep -rqE 'PRIVATE KEY|Bearer|eyJ[A-Za-z0-9_-]{20}' \
  "$scratch/reports" "$scratch"/said.*; then
  fail "a secret was written down"
fi
tail -n 5 "$scratch"/said.*
echo "as it should be"
