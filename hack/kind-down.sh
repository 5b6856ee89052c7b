#!/usr/bin/env bash
# Deletes the cluster that hack/kind-up.sh made, with everything in it. Safe to run again.
#
#   hack/kind-down.sh
set -euo pipefail
usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
  -h | --help) usage && exit ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
kind delete cluster --name document-gateway
