#!/usr/bin/env bash
# Adopts this repository: changes its name and those of its images everywhere, generates the rules and dashboards again,
# and checks the result. Safe to run again, with the same names or with others. It commits nothing.
#
#   hack/adopt.sh OWNER/REPOSITORY [--registry HOST/PATH] [--git URL]
#
#   --registry  the image of the gateway, without a tag; by default ghcr.io/OWNER/REPOSITORY. Always in lower case
#   --git       where Argo CD and Image Updater find the repository, by https:// or ssh; by default on GitHub
#
# Needs Node and kubectl; runs npm ci when the packages are missing.
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
  -h | --help) usage && exit ;;
  '' | -*) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.."
command -v kubectl >/dev/null || { echo 'kubectl is missing' >&2 && exit 1; }
if [ ! -x node_modules/.bin/prettier ]; then
  npm ci --no-fund --no-audit --loglevel=error
fi
export PATH="$PWD/node_modules/.bin:$PATH"
exec node hack/adopt.ts "$@"
