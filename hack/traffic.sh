#!/usr/bin/env bash
# Traffic with faults for the stack of docker-compose.yml, so that every panel of the dashboards moves.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
Usage: hack/traffic.sh [--rounds N] [--phase SECONDS] [--calm]

Asks the gateway for documents while the stand-in store goes through its moods: calm, slow, failing, damaged, crowded,
down. Some clients have no key, ask for nonsense or leave early. Ends with the store as it was found.

  --rounds N       how often to go through all of them; 0, the default, until interrupted
  --phase SECONDS  how long each takes; default 20
  --calm           leave the store alone: documents only

Environment: API_KEY, or that of .env, or the default of docker-compose.yml. GATEWAY_URL, default http://localhost:5000.
TEXT
}

rounds=0 phase=20 moody=true
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --phase) phase=${2:?--phase needs a number of seconds} && shift ;;
    --calm) moody=false ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

url=${GATEWAY_URL:-http://localhost:5000}
[ -n "${API_KEY:-}" ] || API_KEY=$([ ! -e .env ] || sed -n 's/^API_KEY=//p' .env)
key=${API_KEY:-development-key-not-a-secret}
key=${key%%,*}

# store METHOD PATH [BODY]: tells the stand-in, from inside its container since its port is not published.
store() {
  docker compose exec -T upstream /nodejs/bin/node -e '
    const [method, path, body] = process.argv.slice(1);
    fetch(`http://127.0.0.1:3001${path}`, { method, body }).then(async (answer) => {
      if (!answer.ok) throw new Error(await answer.text());
    });' "$@"
}

# get PARALLEL CURL_ARGUMENT...: the key stands in no process list.
get() {
  local parallel=$1
  shift
  curl --no-progress-meter -Z --parallel-immediate --parallel-max "$parallel" --max-time 15 -o /dev/null -K - "$@" <<<"header = \"X-API-KEY: $key\"" 2>/dev/null || true
}

# ask NAME REQUESTS PARALLEL: so many requests a second, by so many connections, for one phase.
ask() {
  echo "$(date +%T)  $1"
  local end=$((SECONDS + phase))
  while ((SECONDS < end)); do
    get "$3" "$url/[1-$2]" &
    # Clients that leave, and those that get it wrong.
    get 2 --max-time 0.004 "$url/[1-2]" &
    curl -s -o /dev/null "$url/1" || true
    get 2 "$url/{not-a-number,no/such/route}"
    sleep 1
  done
  wait
}

moods() {
  store DELETE /faults
  ask 'calm' 40 10
  store PUT /faults '[{"ratio":0.3,"fault":{"kind":"latency","ms":300}},{"ratio":0.05,"fault":{"kind":"latency","ms":1500}}]'
  ask 'slow' 40 40
  store PUT /faults '[{"ratio":0.1,"fault":{"kind":"status","status":503}},{"ratio":0.05,"fault":{"kind":"reset-in-body"}},{"ratio":0.05,"fault":{"kind":"reset-before-headers"}},{"ratio":0.05,"fault":{"kind":"wrong-length","length":"too-large"}},{"ratio":0.05,"fault":{"kind":"redirect","status":302}}]'
  ask 'failing' 40 40
  store PUT /faults '[{"ratio":0.4,"fault":{"kind":"damaged"}},{"ratio":0.1,"fault":{"kind":"html"}},{"ratio":0.1,"fault":{"kind":"wrong-type"}}]'
  ask 'damaged' 40 40
  store PUT /faults '[{"ratio":1,"fault":{"kind":"latency","ms":800}}]'
  ask 'crowded' 250 250
  store DELETE /faults
  store POST /down
  ask 'down' 40 40
  store POST /up
}

if $moody; then
  restore() {
    store DELETE /faults
    store POST /up
  }
  trap restore EXIT
fi
trap 'exit 130' INT TERM

for ((round = 1; rounds == 0 || round <= rounds; round++)); do
  if $moody; then moods; else ask 'documents' 40 10; fi
done
