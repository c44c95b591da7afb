#!/usr/bin/env bash
# What the linker and the compiler were told to do against mistakes in memory is
# in the program.
set -euo pipefail

program=$1
failures=0

# expect NAME PATTERN COMMAND...: the output has a line like that.
expect() {
  local name=$1 pattern=$2
  shift 2
  if ! "$@" 2>/dev/null | grep -E "$pattern" >/dev/null; then
    echo "$name: no $pattern in $*" >&2
    failures=$((failures + 1))
  fi
}

# refuse NAME PATTERN COMMAND...: it has none.
refuse() {
  local name=$1 pattern=$2
  shift 2
  if "$@" 2>/dev/null | grep -E "$pattern"; then
    echo "$name: $pattern in $*" >&2
    failures=$((failures + 1))
  fi
}

expect "position independent" 'Type: +DYN' readelf -hW "$program"
expect "position independent" 'FLAGS_1.*PIE' readelf -dW "$program"
expect "read-only relocations" 'GNU_RELRO' readelf -lW "$program"
expect "bound at start" 'BIND_NOW|FLAGS_1.*NOW' readelf -dW "$program"
expect "stack without code" 'GNU_STACK .* RW +0x' readelf -lW "$program"
refuse "relocations in code" 'TEXTREL' readelf -dW "$program"
refuse "libraries from elsewhere" 'RPATH|RUNPATH' readelf -dW "$program"

if [[ $failures -gt 0 ]]; then
  echo "$failures of these do not hold" >&2
  exit 1
fi
