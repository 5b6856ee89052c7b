#!/usr/bin/env bash
# Bootstraps GitOps in the cluster that kubectl points at: Argo CD and Image Updater as argocd/install names them, and then
# the projects and the root application of this repository, which bring everything else. Safe to run again, and the way to
# upgrade.
#
#   hack/argocd-up.sh [--install-only]
#
# --install-only leaves out what belongs to this repository. docs/deploying.md says which Secrets it wants first.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
install_only=false
case ${1:-} in
  -h | --help) usage && exit ;;
  --install-only) install_only=true ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.."

# apply OWNER ...: each owner's fields stay when the other's are applied again, those of argocd-notifications-cm above all.
apply() { kubectl apply --server-side --force-conflicts --field-manager="$1" "${@:2}" >/dev/null; }

sed -nE 's#^ *- https://[^/]*/(.*)/(manifests|config)/.*#\1#p' argocd/install/kustomization.yaml
kubectl create namespace argocd --dry-run=client -o yaml | apply install -f -
apply install -k argocd/install
kubectl wait --for=condition=Established --timeout=60s \
  crd/applications.argoproj.io crd/applicationsets.argoproj.io crd/appprojects.argoproj.io \
  crd/imageupdaters.argocd-image-updater.argoproj.io >/dev/null
kubectl -n argocd rollout status --timeout=300s statefulset/argocd-application-controller
kubectl -n argocd wait --for=condition=Available --timeout=300s deployment --all

$install_only && exit
if grep -q '^GIT=https://github.com/example/' config/repository.env; then
  echo 'argocd/ still names the placeholder repository: hack/adopt.sh changes that.' >&2
  exit 1
fi
apply bootstrap -k argocd/bootstrap
echo 'Applied argocd/bootstrap. To watch: kubectl -n argocd get applications --watch'
