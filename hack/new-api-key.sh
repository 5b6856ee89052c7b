#!/usr/bin/env bash
# Makes an API key, and shows how it becomes one of the keys that the gateway accepts.
#
#   hack/new-api-key.sh [dev|staging|production]
#   hack/new-api-key.sh --name CONSUMER [--expires TIME] [--rate RATE] [dev|staging|production]
#
#   --name     who gets it: makes an entry for API_KEYS_FILE, with the hash of the key in place of the key
#   --expires  when it ends, such as 2027-01-31T00:00:00Z
#   --rate     the rate of this consumer, such as 100/1s or 5000/1h
#
# Only the key goes to standard output. It changes nothing by itself, and keeps no copy of the key.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
wrong() { echo "$1" >&2 && exit 2; }
environment=production name='' expires='' rate=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit ;;
    dev | staging | production) environment=$1 ;;
    --name | --expires | --rate)
      [ $# -ge 2 ] || wrong "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
# As strict as the gateway is, which has the last word: src/auth/key-file.ts.
[[ -z $name || $name =~ ^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$ ]] ||
  wrong '--name takes 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
[[ ! $name =~ ^(none|key-[0-9]+)$ ]] || wrong "--name $name: the gateway gives this name itself"
[[ -z $expires || $expires =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$ ]] ||
  wrong '--expires takes a time such as 2027-01-31T00:00:00Z'
[[ -z $rate || $rate =~ ^[1-9][0-9]{0,8}/[1-9][0-9]{0,4}[smh]$ ]] || wrong '--rate takes a rate such as 100/1s'
[[ -n $name || -z $expires$rate ]] || wrong '--expires and --rate need --name'

key=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
echo "$key"

# The rest is for people, so that the key can be piped on.
exec >&2
namespace=document-gateway-$environment

how_an_entry_is_added() {
  local sha256
  sha256=$(printf %s "$key" | sha256sum)
  cat <<EOF

The entry, for the list "consumers" of API_KEYS_FILE. It holds the hash of the key, not the key:

  {"name":"$name","sha256":"${sha256%% *}"${expires:+,\"expires\":\"$expires\"}${rate:+,\"rate\":\"$rate\"}}

When the consumer is in the list already, put the new hash beside the old one instead: "sha256": ["OLD", "NEW"].
The gateway uses it within seconds of the file's change; docs/keys.md says more.
EOF
}

how_a_key_is_added() {
  cat <<EOF

A key comes in two steps, so that no consumer is turned away in between: add it beside the old one, separated by a
comma; take the old one out when nobody uses it any more (consumer_requests_total says who still does).

EOF
  if [ "$environment" = dev ]; then
    cat <<EOF
In config/overlays/dev/kustomization.yaml, where the keys are no secret:

  secretGenerator:
    - name: document-gateway-keys
      literals:
        - API_KEY=development-only-key,$key
EOF
  else
    cat <<EOF
In the store that the ClusterSecretStore document-gateway reads, AWS Secrets Manager for instance:

  aws secretsmanager put-secret-value --secret-id document-gateway/$environment \\
    --secret-string '{"API_KEY":"OLD_KEY,$key"}'

Then have it fetched at once, and the pods started with it one by one:

  kubectl -n $namespace annotate externalsecret document-gateway-keys force-sync=\$(date +%s) --overwrite
  kubectl -n $namespace rollout restart deployment document-gateway
EOF
  fi
}

if [ -n "$name" ]; then how_an_entry_is_added; else how_a_key_is_added; fi
