#!/usr/bin/env bash
# systemd understands config/bqstreamer.service, finds it well locked, and the
# unit goes with the settings' defaults.
set -euo pipefail

program=$1
source=$2
unit=$source/config/bqstreamer.service
defaults=$source/config/bqstreamer.ini

# value_of KEY FILE
value_of() {
  sed -n "s/^$1 *= *//p" "$2" | head -n 1
}

# What SECURITY.md and docs/service.md name; the score below is too coarse to
# see one of them go.
while read -r line; do
  if ! grep -qxF "$line" "$unit"; then
    echo "the unit has no $line" >&2
    exit 1
  fi
done <<'END'
User=bqstreamer
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectProc=invisible
MemoryDenyWriteExecute=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
MemoryMax=1G
MemorySwapMax=0
LimitCORE=0
END

if ! command -v systemd-analyze >/dev/null; then
  echo "systemd-analyze is not there"
  exit 77
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sed "s,^ExecStart=bqstreamer ,ExecStart=$program ," "$unit" \
  >"$scratch/bqstreamer.service"
systemd-analyze verify --man=no "$scratch/bqstreamer.service"
# The score times ten: from 0, locked, to 100.
systemd-analyze security --offline=true --threshold=20 --no-pager \
  "$scratch/bqstreamer.service" | tail -n 1

# The whole [drain] section has one timeout.
drain=$(sed -n '/^\[drain\]/,/^\[/p' "$defaults" >"$scratch/drain" \
  && value_of timeout "$scratch/drain")
stop=$(value_of TimeoutStopSec "$unit")
if [[ $drain != 1min || $stop != 90s ]]; then
  echo "drain.timeout is $drain, TimeoutStopSec $stop: is that still enough?" >&2
  exit 1
fi

"$program" node --help | grep -q -- --config-file
