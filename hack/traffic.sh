#!/usr/bin/env bash
# Traffic with faults for the stack of docker-compose.yml, for every panel of the dashboards.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'TEXT'
Usage: hack/traffic.sh [--rounds N] [--phase SECONDS] [--calm]

Asks the gateway for documents while the stand-in upstream goes through six phases: calm, slow, failing, damaged,
crowded, down. Some clients have no API key, ask for nonsense or leave early. At the end the upstream is as it was.

  --rounds N       how often to go through all phases; 0, the default, until interrupted
  --phase SECONDS  how long each phase takes; default 20
  --calm           leave the upstream alone: documents only

Environment: API_KEY and GATEWAY_PORT, from .env too, with the defaults of docker-compose.yml; or GATEWAY_URL.

These panels stay empty, and why:
  Keys end in                     needs API_KEYS_FILE with a consumer that has "expires"
  Beyond their rate, by consumer  needs RATE_LIMIT, such as RATE_LIMIT=10/1s
  Wait for Redis                  needs REDIS_URL, with the profile valkey
  Not verified to the end         the stand-in sends nothing that goes unchecked
  Firing alerts                   an alert fires after minutes: stop the upstream to see one
TEXT
}

rounds=0 phase=20 faulty=true
while [ $# -gt 0 ]; do
  case $1 in
    --rounds) rounds=${2:?--rounds needs a number} && shift ;;
    --phase) phase=${2:?--phase needs a number of seconds} && shift ;;
    --calm) faulty=false ;;
    -h | --help) usage && exit ;;
    *) usage >&2 && exit 2 ;;
  esac
  shift
done

# setting NAME DEFAULT: the value from the environment or .env, or the default.
setting() {
  local value=${!1:-}
  [ -n "$value" ] || value=$([ ! -e .env ] || sed -n "s/^$1=//p" .env | tail -n 1)
  echo "${value:-$2}"
}
url=${GATEWAY_URL:-http://localhost:$(setting GATEWAY_PORT 5000)}
key=$(setting API_KEY development-key-not-a-secret)
key=${key%%,*}
stop() { echo "hack/traffic.sh: $1" >&2 && exit 1; }

# upstream METHOD PATH [BODY]: calls the stand-in from inside its container, because its port is not published.
upstream() {
  docker compose exec -T upstream /nodejs/bin/node -e '
    const [method, path, body] = process.argv.slice(1);
    fetch(`http://127.0.0.1:3001${path}`, { method, body }).then(async (answer) => {
      if (!answer.ok) throw new Error(await answer.text());
    });' "$@"
}

# get PARALLEL CURL_ARGUMENT...: keeps the API key out of the process list.
get() {
  local parallel=$1
  shift
  curl --no-progress-meter -Z --parallel-immediate --parallel-max "$parallel" --max-time 15 -o /dev/null -K - "$@" <<<"header = \"X-API-KEY: $key\"" 2>/dev/null || true
}

# ask NAME REQUESTS PARALLEL: sends this number of requests a second over these connections for one phase.
ask() {
  echo "$(date +%T)  $1"
  local end=$((SECONDS + phase))
  while ((SECONDS < end)); do
    get "$3" "$url/[1-$2]" &
    # Clients that disconnect, and invalid requests.
    get 2 --max-time 0.004 "$url/[1-2]" &
    curl -s -o /dev/null "$url/1" || true
    get 2 "$url/{not-a-number,no/such/route}"
    sleep 1
  done
  wait
}

phases() {
  upstream DELETE /faults
  ask 'calm' 40 10
  upstream PUT /faults '[{"ratio":0.3,"fault":{"kind":"latency","ms":300}},{"ratio":0.05,"fault":{"kind":"latency","ms":1500}}]'
  ask 'slow' 40 40
  upstream PUT /faults '[{"ratio":0.1,"fault":{"kind":"status","status":503}},{"ratio":0.05,"fault":{"kind":"reset-in-body"}},{"ratio":0.05,"fault":{"kind":"reset-before-headers"}},{"ratio":0.05,"fault":{"kind":"wrong-length","length":"too-large"}},{"ratio":0.05,"fault":{"kind":"redirect","status":302}}]'
  ask 'failing' 40 40
  upstream PUT /faults '[{"ratio":0.4,"fault":{"kind":"damaged"}},{"ratio":0.1,"fault":{"kind":"html"}},{"ratio":0.1,"fault":{"kind":"wrong-type"}}]'
  ask 'damaged' 40 40
  upstream PUT /faults '[{"ratio":1,"fault":{"kind":"latency","ms":800}}]'
  ask 'crowded' 250 250
  upstream DELETE /faults
  upstream POST /down
  ask 'down' 40 40
  upstream POST /up
}

# Without an answer to this, all panels would stay empty without an error.
health=$(curl -s --max-time 5 "$url/health") || stop "nothing answers at $url: is the stack up, and is the port GATEWAY_PORT?"
[ "$health" = "I'm healthy" ] || stop "something else than the gateway answers at $url: set GATEWAY_PORT"
case $(curl -s --max-time 15 -o /dev/null -w '%{http_code}' -K - "$url/1" <<<"header = \"X-API-KEY: $key\"") in
  401) stop 'the gateway does not know the API key: set API_KEY' ;;
  429) stop 'too many wrong API keys came from here: wait a minute' ;;
esac

if $faulty; then
  upstream GET /faults || stop 'the stand-in upstream of docker-compose.yml does not run: docker compose up, or --calm'
  restore() {
    upstream DELETE /faults
    upstream POST /up
  }
  trap restore EXIT
fi
trap 'exit 130' INT TERM

for ((round = 1; rounds == 0 || round <= rounds; round++)); do
  if $faulty; then phases; else ask 'documents' 40 10; fi
done
