# Sourced by the scripts beside it: goes to the root of the project and has
# what they share.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Speeds builds up where it is installed.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER="${CMAKE_CXX_COMPILER_LAUNCHER-ccache}"
  # The same from whatever folder the project lies in.
  export CCACHE_BASEDIR="${CCACHE_BASEDIR-$PWD}" CCACHE_NOHASHDIR=true
  export CCACHE_SLOPPINESS=pch_defines,time_macros
fi

# step NAME COMMAND...: runs it quietly. One line says how it went; its output
# goes to build/log/NAME.log and is shown if it fails.
step() {
  local name=$1 log="build/log/${1//[^a-zA-Z0-9]/-}.log" begin=$SECONDS
  shift
  mkdir -p build/log
  printf '%s ... ' "$name"
  if "$@" >"$log" 2>&1; then
    printf 'done (%d s)\n' $((SECONDS - begin))
  else
    printf 'FAILED (%s)\n' "$log"
    tail -n 200 "$log" >&2
    return 1
  fi
}

# configure PRESET [OPTION...], build PRESET [TARGET...]
configure() {
  step "configure $1" cmake --preset "$@"
}

build() {
  local preset=$1
  shift
  step "build $preset" cmake --build --preset "$preset" \
    --parallel "$(nproc)" ${1+--target "$@"}
}

# C++ files that are ours, with paths from the root.
our_files() {
  find . -regextype posix-extended -type f \
    -regex '\./(actors|app|bench|bqstreamer|client|examples|http|sandbox|tests)/.*\.[ch]pp' -printf '%P\n' \
    | sort
}
