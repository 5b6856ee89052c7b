# shellcheck shell=bash
# Sourced by the scripts beside it: runs the commands of the runbooks as they are written.

# runbook_commands COLUMN [ADDRESS]: those for Docker Compose or for Kubernetes (compose, kubernetes); ADDRESS takes the place of
# http://localhost:5000. A command has failed when its last part has, or when docker or kubectl says that it has.
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
