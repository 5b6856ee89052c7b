#!/usr/bin/env bash
# Makes an API key, and shows how it becomes one of the keys that the gateway accepts.
#
#   hack/new-api-key.sh [dev|staging|production]
#
# It changes nothing by itself, and keeps no copy of the key.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
environment=production
case ${1:-} in
  -h | --help) usage && exit ;;
  dev | staging | production) environment=$1 ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac

key=$(head -c 32 /dev/urandom | od -An -v -tx1 | tr -d ' \n')
echo "$key"

# Only the key goes to standard output, so that it can be piped on.
cat >&2 <<EOF

A key comes in two steps, so that no consumer is turned away in between: add it beside the old one, separated by a
comma; take the old one out when nobody uses it any more (consumer_requests_total says who still does).

EOF
if [ "$environment" = dev ]; then
  cat >&2 <<EOF
In config/overlays/dev/kustomization.yaml, where the keys are no secret:

  secretGenerator:
    - name: document-gateway-keys
      literals:
        - API_KEY=development-only-key,$key
EOF
else
  cat >&2 <<EOF
In the store that the ClusterSecretStore document-gateway reads, AWS Secrets Manager for instance:

  aws secretsmanager put-secret-value --secret-id document-gateway/$environment \\
    --secret-string '{"API_KEY":"OLD_KEY,$key"}'

Then have it fetched at once, and the pods started with it one by one:

  kubectl -n document-gateway-$environment annotate externalsecret document-gateway-keys force-sync=\$(date +%s) --overwrite
  kubectl -n document-gateway-$environment rollout restart deployment document-gateway
EOF
fi
