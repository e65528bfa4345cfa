#!/bin/sh
# A hook over a Terraform module: a variable lists the names of the instances, and the output `instances` is what the module made of them, each
# with name, endpoint and address. Needs terraform and jq; the folder of the module is the first word: command: [./terraform.sh, /srv/burst].
# Asked twice with one key, it makes nothing twice: the names of a request follow from its key.
set -eu
cd "$1"
request=$(cat)
ask() { printf '%s' "$request" | jq -r "$1"; }
names=names.auto.tfvars.json
# one change after the other
exec 9>.longshore.lock
flock 9
[ -e "$names" ] || echo '{ "names": [] }' >"$names"
change() { jq "$@" "$names" >"$names.new" && mv "$names.new" "$names"; }
apply() { terraform apply -auto-approve -input=false -no-color >&2; }

case $(ask .action) in
  scale-out)
    key=$(ask .key | tr -c 'A-Za-z0-9\n' '-')
    wanted=$(ask .count | jq --arg key "$key" '[range(1; . + 1) | $key + "-" + tostring]')
    change --argjson wanted "$wanted" '.names = (.names + $wanted | unique)'
    apply
    terraform output -json instances | jq --argjson wanted "$wanted" '{ instances: [.[] | select(.name as $name | $wanted | index($name))] }'
    ;;
  scale-in)
    gone=$(ask '[.instances[].name] | tojson')
    change --argjson gone "$gone" '.names -= $gone'
    apply
    ;;
esac
