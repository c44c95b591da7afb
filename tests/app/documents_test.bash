#!/usr/bin/env bash
# documents_test.bash PROGRAM: troff and bash understand what the program makes
# of its options, and bash completes as people expect.
set -uo pipefail

program=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
  echo "FAILED: $*"
  failed=1
}

"$program" manual >"$scratch/bqstreamer.1" || fail "manual"
if command -v groff >/dev/null; then
  warnings=$(groff -man -ww -z -Tutf8 "$scratch/bqstreamer.1" 2>&1)
  [[ -z $warnings ]] || fail "groff: $warnings"
else
  echo "no groff here: the manual page is not looked at"
fi

"$program" completion bash >"$scratch/completion" || fail "completion bash"
bash -n "$scratch/completion" || fail "bash does not understand the script"
source "$scratch/completion"
touch "$scratch/rows 1.json" "$scratch/rows2.json"
mkdir "$scratch/data"
cd "$scratch" || exit 1

# expect "WORD..." PROPOSAL...: with the cursor behind the last word.
expect() {
  local words=$1 proposed wanted
  shift
  read -ra COMP_WORDS <<<"${words//=/ = }"
  [[ $words != *[\ =] ]] || COMP_WORDS+=('')
  # Behind = bash has no empty word, as long as nothing follows.
  if [[ $words == *= ]]; then unset 'COMP_WORDS[-1]'; fi
  COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
  COMPREPLY=()
  _bqstreamer
  proposed=$(printf '%s\n' "${COMPREPLY[@]}" | sort)
  wanted=$(printf '%s\n' "$@" | sort)
  [[ $proposed == "$wanted" ]] \
    || fail "'$words' proposes" "${COMPREPLY[@]}" "and not" "$@"
}

expect 'bqstreamer sta' status
expect 'bqstreamer s' sandbox send status settings
expect 'bqstreamer --col' --color=
expect 'bqstreamer --color=' auto always never
expect 'bqstreamer --color=a' auto always
expect 'bqstreamer --color=never sta' status
expect 'bqstreamer status --j' --json
expect 'bqstreamer status --w' --watch
expect 'bqstreamer status --json --o' --of=
expect 'bqstreamer status --of='
expect 'bqstreamer errors --f' --from= --follow
expect 'bqstreamer errors --table '
expect 'bqstreamer errors --follow --color=n' never
expect 'bqstreamer node --batch.a' --batch.age=
expect 'bqstreamer node --insert.ids=' automatic own none
expect 'bqstreamer node --insert.ids o' own
expect 'bqstreamer node --log.format=j' json
expect 'bqstreamer node --config-file=ro' 'rows 1.json' rows2.json
expect 'bqstreamer sandbox --data ' data
expect 'bqstreamer send rows2' rows2.json
expect 'bqstreamer send --ta' --table= --table-field=
expect 'bqstreamer completion ' bash
expect 'bqstreamer settings --format=' text markdown

[[ $failed -eq 0 ]] && echo "all is well"
exit "$failed"
