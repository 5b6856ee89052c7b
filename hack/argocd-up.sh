#!/usr/bin/env bash
# Bootstraps GitOps in the cluster that kubectl points at: Argo CD and Image Updater as argocd/install names them, and then
# the projects and the root application of this repository, which bring everything else. Safe to run again, and the way to
# upgrade. Notifications are set up when the Secret argocd-notifications-secret has their address.
#
#   hack/argocd-up.sh [--install-only] [--take-over] [--close-default]
#
#   --install-only   installs only Argo CD and Image Updater
#   --take-over      installs over an Argo CD that this script has not installed. Without it, the script says what it would
#                    change there, and changes nothing
#   --close-default  closes the project `default` of Argo CD, which allows everything, for all users of this cluster
#
# docs/deploying.md says which Secrets it needs first.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
install_only=false take_over=false close_default=false
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help) usage && exit ;;
    --install-only) install_only=true ;;
    --take-over) take_over=true ;;
    --close-default) close_default=true ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done
cd "$(dirname "$0")/.."
if ! $install_only && grep -q '^GIT=https://github.com/example/' config/repository.env; then
  echo 'argocd/ still names the placeholder repository: hack/adopt.sh changes that.' >&2
  exit 1
fi

# The owner of the fields that this script installs. It also shows that this script installed them.
owner=document-gateway-install
# apply OWNER ...: fields of different owners do not overwrite each other, such as those of argocd-notifications-cm.
apply() { kubectl apply --server-side --force-conflicts --field-manager="$1" "${@:2}" >/dev/null; }

managers_of_argocd() {
  kubectl get crd applications.argoproj.io --ignore-not-found --show-managed-fields -o jsonpath='{.metadata.managedFields[*].manager}'
}
# what_would_change: one line per object, as KIND.NAMESPACE.NAME
what_would_change() {
  KUBECTL_EXTERNAL_DIFF='diff -rqN' kubectl diff --server-side --force-conflicts --field-manager="$owner" -k argocd/install |
    sed -nE 's#^Files .*/([^/]+) and .* differ$#  \1#p'
}

managers=$(managers_of_argocd)
if [ -n "$managers" ] && [[ " $managers " != *" $owner "* ]] && ! $take_over; then
  {
    echo 'There is an Argo CD in this cluster that this script has not installed:'
    kubectl get deployments --all-namespaces -l app.kubernetes.io/name=argocd-server \
      -o jsonpath='{range .items[*]}  {.metadata.namespace}/{.metadata.name}: {.spec.template.spec.containers[0].image}{"\n"}{end}'
    echo 'With --take-over these objects would be changed or made:'
    what_would_change || true
    echo 'Nothing has been changed. To use the Argo CD that is there, in the namespace argocd and with Image Updater beside it:'
    echo '  kubectl apply --server-side -k argocd/bootstrap'
  } >&2
  exit 1
fi

# applications_in_default: the applications that would lose their project
applications_in_default() {
  kubectl get applications.argoproj.io --all-namespaces \
    -o jsonpath='{range .items[?(@.spec.project=="default")]}{.metadata.namespace}/{.metadata.name}{"\n"}{end}'
}
if $close_default && [ -n "$managers" ] && in_default=$(applications_in_default) && [ -n "$in_default" ]; then
  printf 'The project default has applications, which need a project of their own before it is closed:\n%s\n' "$in_default" >&2
  exit 1
fi

sed -nE 's#^ *- https://[^/]*/(.*)/(manifests|config)/.*#\1#p' argocd/install/kustomization.yaml
kubectl create namespace argocd --dry-run=client -o yaml | apply "$owner" -f -
apply "$owner" -k argocd/install
kubectl wait --for=condition=Established --timeout=60s \
  crd/applications.argoproj.io crd/applicationsets.argoproj.io crd/appprojects.argoproj.io \
  crd/imageupdaters.argocd-image-updater.argoproj.io >/dev/null
kubectl -n argocd rollout status --timeout=300s statefulset/argocd-application-controller
kubectl -n argocd wait --for=condition=Available --timeout=300s deployment --all
if $close_default; then
  apply bootstrap -k argocd/close-default
  echo 'Closed the project default.'
fi

$install_only && exit
apply bootstrap -k argocd/bootstrap
# Without an address, every notification would fail and be retried after every change of an application.
address=$(kubectl -n argocd get secret argocd-notifications-secret --ignore-not-found -o jsonpath='{.data.deployments-webhook-url}')
if [ -n "$address" ]; then
  apply bootstrap -k argocd/notifications
else
  echo 'No notifications: argocd-notifications-secret has no deployments-webhook-url. With one, run this again.'
fi
$close_default || echo 'The project default of Argo CD admits everything; --close-default closes it.'
echo 'Applied argocd/bootstrap. To watch: kubectl -n argocd get applications --watch'
