#!/usr/bin/env bash
# Prints the entry of a version in CHANGELOG.md, for its release notes. Fails when there is none.
#
#   hack/release-notes.sh VERSION
set -euo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
  -h | --help) usage && exit ;;
  '' | -*) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.."
notes=$(awk -v version="[$1]" '/^## / {wanted = $2 == version; next} wanted' "${CHANGELOG:-CHANGELOG.md}")
[ -n "${notes//[[:space:]]/}" ] || { echo "CHANGELOG.md has nothing for $1" >&2 && exit 1; }
printf '%s\n' "$notes"
