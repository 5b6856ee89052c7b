#!/usr/bin/env bash
# Builds the images, runs the gateway with the restrictions of production, and checks every route, the documents and the
# shutdown. It removes its containers.
#
#   hack/test-image.sh
#
# Environment: IMAGE and UPSTREAM_IMAGE to test images that are already built; DOCUMENTS (50) to fetch.
set -uo pipefail

usage() { sed -n '/^#!/d;/^#/!q;s/^# \{0,1\}//p' "$0"; }
case ${1:-} in
  -h | --help) usage && exit ;;
  '') ;;
  *) usage >&2 && exit 2 ;;
esac
cd "$(dirname "$0")/.." || exit
documents=${DOCUMENTS:-50}
key=test-image-$$-$RANDOM$RANDOM
name=document-gateway-test-$$
work=$(mktemp -d)
passed=0
failed=0

cleanup() {
  docker rm -f "$name" "$name-upstream" >/dev/null 2>&1
  docker network rm "$name" >/dev/null 2>&1
  rm -rf "$work"
}
trap cleanup EXIT

check() { # check DESCRIPTION COMMAND...
  local description=$1
  shift
  if "$@" >/dev/null 2>&1; then
    passed=$((passed + 1))
    echo "ok: $description"
  else
    failed=$((failed + 1))
    echo "FAILED: $description"
  fi
}

build() { # build TARGET TAG
  local options=(--quiet --target "$1" --tag "$2")
  # The npm configuration of this machine, such as a mirror, is used only for the build.
  [ -f "$HOME/.npmrc" ] && options+=(--secret "id=npmrc,src=$HOME/.npmrc")
  docker build "${options[@]}" --build-arg GIT_COMMIT="$(git rev-parse HEAD 2>/dev/null || echo unknown)" .
}

run() { # run NAME OPTIONS... IMAGE: without privileges, as in the manifests
  docker run --detach --network "$name" --name "$@" >/dev/null
}

until_true() { # until_true SECONDS COMMAND...
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}

status() { # status CODE PATH [CURL OPTIONS...]
  local code=$1 path=$2
  shift 2
  [ "$(curl -s -o "$work/body" -D "$work/head" -w '%{http_code}' "$@" "$url$path")" = "$code" ]
}
says() { grep -qi -- "$1" "$work/body"; }
header() { grep -qi -- "^$1: $2" "$work/head"; }
healthy() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$name")" = healthy ]; }
numeric_user() { docker inspect -f '{{.Config.User}}' "$image" | grep -qE '^[1-9][0-9]*(:[0-9]+)?$'; }
exit_code() { [ "$(docker inspect -f '{{.State.ExitCode}}' "$name")" = "$1" ]; }

# whole PATH: fetches a document and checks its length and the signature of its type
whole() {
  status 200 "$1" -H "X-API-KEY: $key" || return 1
  local length begins
  length=$(sed -n 's/^content-length: \([0-9]*\).*/\1/Ip' "$work/head")
  [ "$length" = "$(wc -c <"$work/body" | tr -d ' ')" ] || return 1
  begins=$(head -c 4 "$work/body" | od -An -tx1 | tr -d ' \n')
  if header content-type application/pdf; then
    [ "$begins" = 25504446 ] && tail -c 32 "$work/body" | grep -aq '%%EOF'
  else
    header content-type image/png && [ "$begins" = 89504e47 ] && tail -c 8 "$work/body" | grep -aq IEND
  fi
}
all_whole() { for id in $(seq "$documents"); do whole "/$id" || return 1; done; }

image=${IMAGE:-document-gateway:test}
upstream=${UPSTREAM_IMAGE:-document-gateway-upstream:test}
[ -n "${IMAGE:-}" ] || build gateway "$image" || exit 1
[ -n "${UPSTREAM_IMAGE:-}" ] || build upstream "$upstream" || exit 1

hardened=(--read-only --cap-drop=ALL --security-opt no-new-privileges --memory 256m --pids-limit 128)
docker network create "$name" >/dev/null || exit 1
run "$name-upstream" "${hardened[@]}" "$upstream" || exit 1
run "$name" "${hardened[@]}" --publish 127.0.0.1::5000 \
  --env API_KEY="$key" --env UPSTREAM_URL="http://$name-upstream:3000/{id}" --env DRAIN_DELAY_MS=2000 "$image" || exit 1
url=http://$(docker port "$name" 5000/tcp | head -n 1)

check 'runs as a numeric user that is not root' numeric_user
check 'becomes ready' until_true 60 status 200 /health/ready
check 'becomes healthy to Docker' until_true 60 healthy

check 'GET /health is open' status 200 /health
check "GET /health says I'm healthy" says "^I'm healthy$"
check 'GET /health/live is open' status 200 /health/live
check 'GET /metrics is open' status 200 /metrics
check 'GET /metrics is an exposition' says '^http_request_duration_seconds_bucket'
check 'GET /openapi.json is open' status 200 /openapi.json
check 'GET /openapi.json is an OpenAPI document' says '^{"openapi":"3\.1\.'
check 'GET /docs is open' status 200 /docs
check 'GET /docs has a strict policy' header content-security-policy "default-src 'none'"
check 'GET /docs brings Swagger UI' status 200 /docs/swagger-ui-bundle.js --compressed
check 'GET / leads a browser to /docs' status 303 / -H 'Accept: text/html'
check 'GET / wants a key' status 401 /
check 'GET / names the links' status 200 / -H "X-API-KEY: $key"
check 'GET /1 wants a key' status 401 /1
check 'a refusal is a problem document' header content-type application/problem+json
check 'GET /1 refuses a wrong key' status 401 /1 -H 'X-API-KEY: wrong'
check "GET /1 to GET /$documents are whole documents" all_whole
check 'HEAD /1 announces a document' status 200 /1 --head -H "X-API-KEY: $key"
check 'GET /not-an-id is refused' status 400 /not-an-id -H "X-API-KEY: $key"
check 'POST /1 is refused' status 405 /1 -X POST -H "X-API-KEY: $key"
check 'GET /1/2 is no route' status 404 /1/2 -H "X-API-KEY: $key"

docker stop --time 30 "$name" >/dev/null &
check 'it is unready once it has been told to stop' until_true 5 status 503 /health/ready
check 'it still delivers while it drains' whole /1
wait "$!"
check 'it exits with 0' exit_code 0
check 'it said why it ended' bash -c "docker logs $name 2>&1 | grep -q stopped"
check 'it never logged the key' bash -c "! docker logs $name 2>&1 | grep -q $key"

# It must not start without an API key.
docker rm -f "$name" >/dev/null
run "$name" "${hardened[@]}" "$image"
until_true 20 bash -c "[ \$(docker inspect -f '{{.State.Running}}' $name) = false ]"
check 'without a key it exits with 1' exit_code 1

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
