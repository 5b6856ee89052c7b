#!/usr/bin/env bash
# Bootstraps GitOps in the cluster that kubectl points at: Argo CD, Image Updater, and then the projects and the root
# application of this repository, which bring everything else. Safe to run again, and the way to upgrade.
#
#   hack/argocd-up.sh [--install-only]
#
# --install-only leaves out what belongs to this repository. docs/deploying.md says which Secrets it wants first.
set -euo pipefail

ARGOCD=v3.5.3
IMAGE_UPDATER=v1.3.0

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
install_only=false
case ${1:-} in
  -h | --help) usage && exit ;;
  --install-only) install_only=true ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.."

apply() { kubectl apply --server-side --force-conflicts "$@" >/dev/null; }

echo "Argo CD $ARGOCD"
kubectl create namespace argocd --dry-run=client -o yaml | apply -f -
apply -n argocd -f "https://raw.githubusercontent.com/argoproj/argo-cd/$ARGOCD/manifests/install.yaml"
echo "Argo CD Image Updater $IMAGE_UPDATER"
apply -n argocd -f "https://raw.githubusercontent.com/argoproj-labs/argocd-image-updater/$IMAGE_UPDATER/config/install.yaml"
kubectl wait --for=condition=Established --timeout=60s \
  crd/applications.argoproj.io crd/applicationsets.argoproj.io crd/appprojects.argoproj.io \
  crd/imageupdaters.argocd-image-updater.argoproj.io >/dev/null
kubectl -n argocd rollout status --timeout=300s statefulset/argocd-application-controller
kubectl -n argocd wait --for=condition=Available --timeout=300s deployment --all

$install_only && exit
if grep -q github.com/example/ argocd/bootstrap/root.yaml; then
  echo 'argocd/ still names the placeholder repository: docs/deploying.md says what to change.' >&2
  exit 1
fi
apply -k argocd/bootstrap
echo 'Applied argocd/bootstrap. To watch: kubectl -n argocd get applications --watch'
