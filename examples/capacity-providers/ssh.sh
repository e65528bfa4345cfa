#!/bin/sh
# A hook over machines that exist and sleep: it wakes as many as are asked for over the network and puts them to sleep over ssh. The first word is
# a file with a machine a line: name, address, hardware address. Needs jq, wakeonlan and ssh. Which ones are awake for which request is kept
# beside that file, so that it makes nothing twice when it is asked twice with one key.
set -eu
machines=$1 state=$1.awake
touch "$state"
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
exec 9>"$state.lock"
flock 9

case $(ask .action) in
  scale-out)
    key=$(ask .key)
    missing=$(($(ask .count) - $(grep -c "^$key " "$state" || true)))
    while read -r name address hardware; do
      [ "$missing" -gt 0 ] || break
      if grep -q " $name\$" "$state"; then continue; fi
      wakeonlan "$hardware" >&2
      # its engine answers
      until ssh -o ConnectTimeout=5 -n "root@$address" docker info >/dev/null 2>&1; do sleep 2; done
      echo "$key $name" >>"$state"
      missing=$((missing - 1))
    done <"$machines"
    while read -r name address _; do
      if grep -q "^$key $name\$" "$state"; then echo "$name $address"; fi
    done <"$machines" | jq -R -n '{ instances: [inputs | split(" ") | { name: .[0], endpoint: ("ssh://root@" + .[1]), address: .[1] }] }'
    ;;
  scale-in)
    ask '.instances[].name' | while read -r name; do
      address=$(awk -v name="$name" '$1 == name { print $2 }' "$machines")
      if grep -q " $name\$" "$state"; then ssh -o ConnectTimeout=5 -n "root@$address" poweroff >&2 || true; fi
      grep -v " $name\$" "$state" >"$state.new" || true
      mv "$state.new" "$state"
    done
    ;;
esac
