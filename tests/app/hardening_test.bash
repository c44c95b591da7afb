#!/usr/bin/env bash
# What the linker and the compiler were told to do against mistakes in memory is
# in the program.
set -euo pipefail

program=$1
libraries=("${@:2}")
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

# What comes behind each page that a stack takes. g++ touches it by an `or`,
# clang++ by a `mov`, which elsewhere any code may have.
behind_pages() {
  objdump -d --no-show-raw-insn "$program" | grep -A 1 -E 'sub +\$0x1000,%rsp'
}

expect "position independent" 'Type: +DYN' readelf -hW "$program"
expect "position independent" 'FLAGS_1.*PIE' readelf -dW "$program"
expect "read-only relocations" 'GNU_RELRO' readelf -lW "$program"
expect "bound at start" 'BIND_NOW|FLAGS_1.*NOW' readelf -dW "$program"
expect "stack without code" 'GNU_STACK .* RW +0x' readelf -lW "$program"
refuse "relocations in code" 'TEXTREL' readelf -dW "$program"
refuse "libraries from elsewhere" 'RPATH|RUNPATH' readelf -dW "$program"
expect "stack protector" '__stack_chk_fail' readelf --dyn-syms -W "$program"
expect "checked copies" '__[a-z]*_chk@' readelf --dyn-syms -W "$program"

if [[ $(uname -m) == x86_64 ]]; then
  expect "stack probes" '(or|mov)[ql]? +\$0x0,\(%rsp\)' behind_pages
  # Only what is ours: the C library of Debian 12 knows nothing of it, so that
  # the whole program is not marked.
  for library in "${libraries[@]}"; do
    members=$(readelf -nW "$library" | grep -c '^File: ' || true)
    marked=$(readelf -nW "$library" | grep -c 'x86 feature: IBT, SHSTK' || true)
    if [[ $members -eq 0 || $members -ne $marked ]]; then
      echo "control flow: $marked of $members in $library" >&2
      failures=$((failures + 1))
    fi
  done
fi

if [[ $failures -gt 0 ]]; then
  echo "$failures of these do not hold" >&2
  exit 1
fi
