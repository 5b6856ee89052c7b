#!/usr/bin/env bash
# Generates an API key, and adds it to the keys of the gateway, or shows how to add it.
#
#   hack/new-api-key.sh [--to aws|kubernetes] [OVERLAY]
#   hack/new-api-key.sh --name CONSUMER [--expires TIME] [--rate RATE] [--to aws|kubernetes] [OVERLAY]
#
#   OVERLAY    a folder of config/overlays; production unless another is named
#   --to       adds the key to the secret of the overlay: in AWS Secrets Manager, where External Secrets finds it, or in the
#              Kubernetes Secret itself, where no operator writes it. Everything else in the secret stays; a missing secret
#              is created. Without --to, nothing is changed. Needs jq
#   --name     the consumer: creates an entry for API_KEYS_FILE, with the hash of the key instead of the key
#   --expires  when the key expires, such as 2027-01-31T00:00:00Z
#   --rate     the rate of this consumer, such as 100/1s or 5000/1h
#
# Only the key goes to standard output, with --to once it is stored. It keeps no copy of the key.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
wrong() { echo "$1" >&2 && exit 2; }
failed() { echo "$1" >&2 && exit 1; }
overlays=$(dirname "$0")/../config/overlays
environment=production name='' expires='' rate='' to=''
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit ;;
    --name | --expires | --rate | --to)
      [ $# -ge 2 ] || wrong "$1 needs a value"
      printf -v "${1#--}" %s "$2"
      shift
      ;;
    *)
      [[ $1 =~ ^[a-z0-9][a-z0-9-]*$ && -e $overlays/$1/kustomization.yaml ]] || { usage >&2 && exit 2; }
      environment=$1
      ;;
  esac
  shift
done
# The same rules as in the gateway: src/auth/key-file.ts.
[[ -z $name || $name =~ ^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$ ]] ||
  wrong '--name takes 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
[[ ! $name =~ ^(none|key-[0-9]+)$ ]] || wrong "--name $name: the gateway gives this name itself"
[[ -z $expires || $expires =~ ^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$ ]] ||
  wrong '--expires takes a time such as 2027-01-31T00:00:00Z'
[[ -z $rate || $rate =~ ^[1-9][0-9]{0,8}/[1-9][0-9]{0,4}[smh]$ ]] || wrong '--rate takes a rate such as 100/1s'
[[ -n $name || -z $expires$rate ]] || wrong '--expires and --rate need --name'
[[ $to =~ ^(|aws|kubernetes)$ ]] || wrong '--to takes aws or kubernetes'

overlay=$overlays/$environment/kustomization.yaml
namespace=$(sed -n 's/^namespace: *//p' "$overlay")
in_git() { grep -q '^secretGenerator:' "$overlay"; }
by_operator() { grep -q 'components/external-secrets' "$overlay"; }

key=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
entry=''
if [ -n "$name" ]; then
  sha256=$(printf %s "$key" | sha256sum)
  entry="{\"name\":\"$name\",\"sha256\":\"${sha256%% *}\"${expires:+,\"expires\":\"$expires\"}${rate:+,\"rate\":\"$rate\"}}"
fi

# merged: reads a secret as JSON from standard input and adds the key or the entry
merged() {
  # The key is not an argument, which other users of the machine could see.
  KEY=$key ENTRY=$entry jq -c '
    if env.ENTRY == "" then .API_KEY = ([.API_KEY // "", env.KEY] | map(select(. != "")) | join(","))
    else (env.ENTRY | fromjson) as $entry | .API_KEYS_FILE |= (
      (if . == null or . == "" then {consumers: []} else fromjson end)
      | if all(.consumers[]; .name != $entry.name) then .consumers += [$entry]
        else .consumers |= map(
          if .name != $entry.name then .
          elif has("key") then error("the keys of \($entry.name) are there in clear: put the new one beside them by hand")
          else . + $entry + {sha256: ([.sha256] | flatten + [$entry.sha256])} end)
        end
      | tojson)
    end'
}

add_to_aws() {
  local id=document-gateway/$environment said secret
  said=$(mktemp)
  if secret=$(aws secretsmanager get-secret-value --secret-id "$id" --query SecretString --output text 2>"$said"); then
    secret=$(merged <<<"$secret")
    aws secretsmanager put-secret-value --secret-id "$id" --secret-string file:///dev/stdin <<<"$secret" >/dev/null
  elif grep -q ResourceNotFoundException "$said"; then
    secret=$(merged <<<'{}')
    aws secretsmanager create-secret --name "$id" --secret-string file:///dev/stdin <<<"$secret" >/dev/null
  else
    cat "$said" >&2
    rm "$said"
    return 1
  fi
  rm "$said"
}

add_to_kubernetes() {
  local there secret version
  kubectl get namespace "$namespace" >/dev/null 2>&1 || kubectl create namespace "$namespace" >/dev/null
  there=$(kubectl -n "$namespace" get secret document-gateway-keys --ignore-not-found -o json)
  if [ -z "$there" ]; then
    secret=$(merged <<<'{}')
    jq '{apiVersion: "v1", kind: "Secret", metadata: {name: "document-gateway-keys"}, stringData: .}' <<<"$secret" |
      kubectl -n "$namespace" create -f - >/dev/null
    return
  fi
  ! jq -e '[.metadata.ownerReferences[]?.kind] | index("ExternalSecret")' <<<"$there" >/dev/null ||
    failed "External Secrets writes this Secret, and would take the key out again: add it where that reads it"
  secret=$(jq '.data // {} | map_values(@base64d)' <<<"$there" | merged)
  # The patch names the version, so that it fails if somebody else has changed the Secret meanwhile.
  version=$(jq .metadata.resourceVersion <<<"$there")
  jq --argjson version "$version" '{metadata: {resourceVersion: $version}, stringData: .}' <<<"$secret" |
    kubectl -n "$namespace" patch secret document-gateway-keys --type merge --patch-file /dev/stdin >/dev/null
}

if [ -n "$to" ]; then
  command -v jq >/dev/null || failed 'jq is missing'
  ! in_git || failed "The keys of $environment are in Git, in config/overlays/$environment/kustomization.yaml"
  [ "$to" != kubernetes ] || ! by_operator || failed "The Secret of $environment is written by External Secrets: --to aws"
  "add_to_$to"
fi
echo "$key"

# The rest goes to standard error, so that the key can be piped.
exec >&2

how_an_entry_is_added() {
  cat <<EOF

The entry, for the list "consumers" of API_KEYS_FILE. It holds the hash of the key, not the key:

  $entry

When the consumer is in the list already, put the new hash beside the old one instead: "sha256": ["OLD", "NEW"].
With --to aws or --to kubernetes this script does both. The gateway uses it within seconds of the file's change;
docs/keys.md says more.
EOF
}

two_steps='Replace a key in two steps, so that no request is refused in between: add it beside the old one, separated by a
comma; take the old one out when nobody uses it any more (consumer_requests_total says who still does).'

how_it_is_fetched() {
  cat <<EOF

Then have it fetched at once, and the pods started with it one by one:

  kubectl -n $namespace annotate externalsecret document-gateway-keys force-sync=\$(date +%s) --overwrite
  kubectl -n $namespace rollout restart deployment document-gateway
EOF
}
how_it_is_used() { printf '\nThe pods read it when they start:\n\n  kubectl -n %s rollout restart deployment document-gateway\n' "$namespace"; }

how_a_key_is_added() {
  printf '\n%s\n\n' "$two_steps"
  if in_git; then
    cat <<EOF
In config/overlays/$environment/kustomization.yaml, where the keys are no secret:

  secretGenerator:
    - name: document-gateway-keys
      literals:
        - API_KEY=development-only-key,$key
EOF
  elif by_operator; then
    cat <<EOF
In the store that the ClusterSecretStore document-gateway reads. --to aws makes a key and adds it to AWS Secrets Manager;
this one, by hand, with everything else in the secret kept:

  secret=\$(aws secretsmanager get-secret-value --secret-id document-gateway/$environment --query SecretString --output text) &&
    aws secretsmanager put-secret-value --secret-id document-gateway/$environment --secret-string \\
      "\$(jq -c '.API_KEY = ([.API_KEY // empty, "$key"] | join(","))' <<<"\$secret")"

or, the first time:

  aws secretsmanager create-secret --name document-gateway/$environment --secret-string '{"API_KEY":"$key"}'
EOF
    how_it_is_fetched
  else
    cat <<EOF
In the Secret document-gateway-keys. --to kubernetes makes a key and adds it; this one, the first time:

  kubectl -n $namespace create secret generic document-gateway-keys --from-literal=API_KEY=$key
EOF
    how_it_is_used
  fi
}

if [ -n "$to" ]; then
  echo "Added to the secret of $environment."
  if [ -z "$name" ]; then
    if [ "$to" = aws ]; then how_it_is_fetched; else how_it_is_used; fi
  fi
elif [ -n "$name" ]; then how_an_entry_is_added; else how_a_key_is_added; fi
