#!/usr/bin/env bash
# Makes the gateway in a cluster answer on this machine, and Grafana where there is one. Ctrl-C ends it.
#
#   hack/port-forward.sh [dev|staging|production]
#
# Environment: PORT (5000) for the gateway, GRAFANA_PORT (3000), GRAFANA_NAMESPACE (monitoring).
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
environment=dev
case ${1:-} in
  -h | --help) usage && exit ;;
  dev | staging | production) environment=$1 ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
namespace=document-gateway-$environment
port=${PORT:-5000}
grafana_port=${GRAFANA_PORT:-3000}
grafana_namespace=${GRAFANA_NAMESPACE:-monitoring}

forwards=()
trap 'kill "${forwards[@]}" 2>/dev/null || true' EXIT

# A forward ends with the pod that it leads to: it is started again until the script ends.
forward() { # forward NAMESPACE SERVICE PORTS
  (
    trap 'kill "$!" 2>/dev/null; exit' TERM
    while true; do
      kubectl -n "$1" port-forward "service/$2" "$3" >/dev/null &
      wait "$!" || true
      sleep 1
    done
  ) &
  forwards+=("$!")
}

kubectl -n "$namespace" rollout status deployment/document-gateway --timeout=120s >&2
forward "$namespace" document-gateway "$port:80"
cat <<EOF

  key=\$(kubectl -n $namespace get \$(kubectl -n $namespace get secret -o name | grep document-gateway-keys | tail -n 1) \\
    -o jsonpath='{.data.API_KEY}' | base64 -d | cut -d, -f1)
  curl -D - -o document -H "X-API-KEY: \$key" http://localhost:$port/1
  curl http://localhost:$port/health
  curl http://localhost:$port/metrics
EOF

grafana=$(kubectl -n "$grafana_namespace" get service -l app.kubernetes.io/name=grafana -o jsonpath='{.items[*].metadata.name}' 2>/dev/null || true)
if [ -n "$grafana" ]; then
  forward "$grafana_namespace" "${grafana%% *}" "$grafana_port:80"
  printf '\n  Grafana: http://localhost:%s\n' "$grafana_port"
fi
printf '\nCtrl-C ends it.\n'
wait
