#!/bin/sh
# A hook for Hetzner Cloud: servers that are Docker engines, reached over ssh. Needs hcloud, jq, and HCLOUD_TOKEN in the daemon's environment.
# The image has Docker in it, or the cloud-init of `longshore instance bootstrap` puts it there. Asked twice with one key, it makes nothing twice:
# the servers of a request carry its key as a label.
set -eu
type=${HCLOUD_TYPE:-cx32} image=${HCLOUD_IMAGE:-docker-ce} location=${HCLOUD_LOCATION:-fsn1} ssh_key=${HCLOUD_SSH_KEY:-longshore}
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
# a label has letters, digits and -_. only
key=$(ask .key | tr -c 'A-Za-z0-9\n' '-')
provider=$(ask .capacityProvider)

case $(ask .action) in
  scale-out)
    count=$(ask .count)
    number=1
    while [ "$number" -le "$count" ]; do
      name="$key-$number"
      if ! hcloud server describe "$name" >/dev/null 2>&1; then
        hcloud server create --name "$name" --type "$type" --image "$image" --location "$location" --ssh-key "$ssh_key" \
          --label "longshore-provider=$provider" --label "longshore-request=$key" >&2
      fi
      number=$((number + 1))
    done
    hcloud server list --selector "longshore-request=$key" --output json | jq '{ instances: [.[] | {
      name, endpoint: ("ssh://root@" + .public_net.ipv4.ip), address: .public_net.ipv4.ip,
      attributes: [{ name: "ecs.availability-zone", value: .datacenter.name }, { name: "ecs.instance-type", value: .server_type.name }]
    }] }'
    ;;
  scale-in)
    ask '.instances[].name' | while read -r name; do
      # one that is gone already has been given back
      if hcloud server describe "$name" >/dev/null 2>&1; then hcloud server delete "$name" >&2; fi
    done
    ;;
esac
