# shellcheck shell=bash
# Sourced by the other scripts: runs the commands of the runbooks as written.

# runbook_commands COLUMN [ADDRESS]: runs the commands for `compose` or `kubernetes`; ADDRESS replaces
# http://localhost:5000. A command fails when its last part fails, or when docker or kubectl prints an error.
runbook_commands() {
  local column=$1 address=${2:-http://localhost:5000} command code failures=0 count=0 complaints
  complaints=$(mktemp)
  while IFS= read -r -d '' command; do
    count=$((count + 1))
    bash -c "${command//http:\/\/localhost:5000/$address}" >/dev/null 2>"$complaints" </dev/null
    code=$?
    [ $code = 0 ] && ! grep -iE '^(error|no such|unable)' "$complaints" && continue
    failures=$((failures + 1))
    echo "exit $code: $command" && tail -n 3 "$complaints"
  done < <(node test/docs/commands.ts "$column")
  rm -f "$complaints"
  echo "$count commands, $failures of them failed"
  [ "$failures" = 0 ] && ((count > 15))
}
