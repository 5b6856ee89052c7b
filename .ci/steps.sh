# shellcheck shell=bash
# Sourced by the scripts beside it: runs steps, and counts the tests in them.
passed=0
failed=0
output=$(mktemp)
failures=$(mktemp)

# step NAME COMMAND...: runs it and adds what its closing line counts, or one when it has none. Jest closes on
# "Tests: 3 failed, 409 passed, 412 total", everything else here on "409 passed, 3 failed".
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

# Ends the script on the line that tells what ran, with the last lines of each step that failed before it.
close() {
  echo
  cat "$failures"
  rm -f "$output" "$failures"
  echo "$passed passed, $failed failed"
  [ "$failed" = 0 ]
}
