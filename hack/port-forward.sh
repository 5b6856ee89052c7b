#!/usr/bin/env bash
# Forwards ports of this machine to the gateway in a cluster, and to Grafana if there is one. Ctrl-C ends it.
#
#   hack/port-forward.sh [OVERLAY] [POD]
#
#   OVERLAY  a folder of config/overlays; dev unless another is named
#   POD      one pod, ready or not; by default a ready pod, if there is one
#
# It does not wait: it lists the pods that are not ready, and forwards to what exists.
# Environment: PORT (5000) for the gateway, GRAFANA_PORT (3000), GRAFANA_NAMESPACE (monitoring).
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
overlays=$(dirname "$0")/../config/overlays
environment=dev
is_overlay() { [[ $1 =~ ^[a-z0-9][a-z0-9-]*$ && -e $overlays/$1/kustomization.yaml ]]; }
case ${1:-} in
  -h | --help) usage && exit ;;
  -*) usage >&2 && exit 2 ;;
esac
if is_overlay "${1:-}"; then
  environment=$1
  shift
fi
[ $# -le 1 ] || { usage >&2 && exit 2; }
pod=${1:-}
pod=${pod#pod/}
namespace=$(sed -n 's/^namespace: *//p' "$overlays/$environment/kustomization.yaml")
port=${PORT:-5000}
grafana_port=${GRAFANA_PORT:-3000}
grafana_namespace=${GRAFANA_NAMESPACE:-monitoring}

said=$(mktemp -d)
forwards=()
# The forwards end first, because their output is read until then.
trap 'kill "${forwards[@]}" 2>/dev/null || true; wait; rm -rf "$said"' EXIT

# A forward ends with its pod, and is then restarted.
forward() { # forward NAMESPACE TARGET PORTS
  (
    last=''
    trap 'kill "$!" 2>/dev/null; exit' TERM
    while true; do
      kubectl -n "$1" port-forward "$2" "$3" >/dev/null 2>"$said/${2//\//-}" &
      wait "$!" || true
      why=$(cat "$said/${2//\//-}")
      [ "$why" = "$last" ] || echo "$why" >&2
      last=$why
      sleep 1
    done
  ) &
  forwards+=("$!")
}

# pods: name, phase, readiness, and the reasons why containers wait, separated by bars
pods() {
  kubectl -n "$namespace" get pods -l app.kubernetes.io/name=document-gateway -o jsonpath='{range .items[*]}{.metadata.name}{"|"}{.status.phase}{"|"}{.status.conditions[?(@.type=="Ready")].status}{"|"}{.status.containerStatuses[*].state.waiting.reason}{"\n"}{end}'
}

there=$(pods)
if [ -z "$there" ]; then
  echo "There is no pod of the gateway in $namespace: kubectl -n $namespace describe deployment,replicaset" >&2
  exit 1
fi
while IFS='|' read -r name phase ready waits_for; do
  [ "$ready" = True ] && continue
  echo "$name is not ready ($phase${waits_for:+, $waits_for}): kubectl -n $namespace describe pod $name" >&2
done <<<"$there"

target=service/document-gateway ports=$port:80
if [ -n "$pod" ]; then
  if ! grep -q "^$pod|" <<<"$there"; then
    printf 'There is no pod %s of the gateway in %s, but\n%s\n' "$pod" "$namespace" "$(cut -d'|' -f1 <<<"$there")" >&2
    exit 1
  fi
  target=pod/$pod ports=$port:5000
fi
forward "$namespace" "$target" "$ports"
cat <<EOF

  key=\$(kubectl -n $namespace get \$(kubectl -n $namespace get secret -o name | grep document-gateway-keys | tail -n 1) \\
    -o jsonpath='{.data.API_KEY}' | base64 -d | cut -d, -f1)
  curl -D - -o document -H "X-API-KEY: \$key" http://localhost:$port/1
  curl http://localhost:$port/health/ready
  curl http://localhost:$port/metrics
EOF

grafana=$(kubectl -n "$grafana_namespace" get service -l app.kubernetes.io/name=grafana -o jsonpath='{.items[*].metadata.name}' 2>/dev/null || true)
if [ -n "$grafana" ]; then
  forward "$grafana_namespace" "service/${grafana%% *}" "$grafana_port:80"
  printf '\n  Grafana: http://localhost:%s\n' "$grafana_port"
fi
printf '\nCtrl-C ends it.\n'
wait
