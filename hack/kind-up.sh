#!/usr/bin/env bash
# From nothing to a document: a kind cluster, the images built from this folder, the overlay dev, and Argo CD. Safe to
# run again: it then builds and deploys again.
#
#   hack/kind-up.sh [--no-argocd]
#
# Needs Docker, kind and kubectl. hack/kind-down.sh deletes the cluster.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
argocd=true
case ${1:-} in
  -h | --help) usage && exit ;;
  --no-argocd) argocd=false ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.."
cluster=document-gateway
namespace=document-gateway-dev

for tool in docker kind kubectl; do
  command -v "$tool" >/dev/null || { echo "$tool is missing" >&2 && exit 1; }
done
if ! kind get clusters 2>/dev/null | grep -qx "$cluster"; then
  kind create cluster --name "$cluster" --wait 120s
fi
kubectl() { command kubectl --context "kind-$cluster" "$@"; }

# image_of DEPLOYMENT: the image name in the overlay, for any name of the repository and this folder
image_of() {
  command kubectl kustomize config/overlays/dev | awk -v name="$1" '
    $0 == "---" { kind = found = "" }
    /^kind: / { kind = $2 }
    /^  name: / && kind == "Deployment" && $2 == name { found = 1 }
    found && !said && /^ +(- )?image: / { print $NF; said = 1 }'
}
# Kubernetes does not pull images that exist on the node.
for pair in gateway:document-gateway upstream:upstream; do
  image=$(image_of "${pair#*:}")
  [ -n "$image" ] || { echo "config/overlays/dev names no image for the deployment ${pair#*:}" >&2 && exit 1; }
  # With an attestation, an image in Docker's containerd store is an index, which `kind load` cannot load.
  docker build --quiet --provenance=false --target "${pair%:*}" \
    --build-arg GIT_COMMIT="$(git rev-parse HEAD 2>/dev/null || echo unknown)" -t "$image" .
  kind load docker-image --name "$cluster" "$image"
done

# The image has a new content under the same name: the pods of an earlier build are deleted.
kubectl -n "$namespace" delete deployment --all --ignore-not-found >/dev/null 2>&1 || true
# The namespace enforces Pod Security, so a warning of the API server is an error.
if ! said=$(kubectl apply --server-side --force-conflicts -k config/overlays/dev 2>&1 >/dev/null) || [ -n "$said" ]; then
  echo "$said" >&2
  exit 1
fi
kubectl -n "$namespace" rollout status deployment/upstream --timeout=120s
kubectl -n "$namespace" rollout status deployment/document-gateway --timeout=120s
kubectl -n "$namespace" delete job smoke-test --ignore-not-found
kubectl -n "$namespace" create job smoke-test --from=cronjob/smoke-test
kubectl -n "$namespace" wait --for=condition=complete job/smoke-test --timeout=150s
kubectl -n "$namespace" logs job/smoke-test

if $argocd; then
  kubectl config use-context "kind-$cluster" >/dev/null
  hack/argocd-up.sh --install-only
fi
echo 'Now: hack/port-forward.sh'
