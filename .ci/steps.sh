# shellcheck shell=bash
# Sourced by the other scripts: runs steps and counts their tests.
passed=0
failed=0
output=$(mktemp)
failures=$(mktemp)

# step NAME COMMAND...: runs it and adds the counts in its last line, or one if there are none. Jest prints "Tests: 3
# failed, 409 passed, 412 total", the other tools print "409 passed, 3 failed".
step() {
  local name=$1 began=$SECONDS status=0 p f
  shift
  echo "=== $name"
  "$@" 2>&1 | tee "$output" || status=1
  p=$(counted passed)
  f=$(counted failed)
  [ "$status" = 0 ] && [ "$p" = 0 ] && p=1
  [ "$status" = 1 ] && [ "$f" = 0 ] && f=1
  passed=$((passed + p))
  failed=$((failed + f))
  [ "$f" = 0 ] || { echo "=== failed: $name" && tail -n 40 "$output" | sed 's|^|  |'; } >>"$failures"
  echo "--- $name: $([ "$status" = 0 ] && echo ok || echo FAILED), $((SECONDS - began)) s"
}

counted() {
  grep -E '^Tests: |^[0-9]+ passed, [0-9]+ failed$' "$output" | grep -oE "[0-9]+ $1" | awk '{n += $1} END {print n + 0}'
}

# Prints the last lines of each failed step and the totals, and ends the script.
close() {
  echo
  cat "$failures"
  rm -f "$output" "$failures"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
