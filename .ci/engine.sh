# shellcheck shell=bash
# Sourced by the scripts beside it that need Docker, and its images where no registry can be reached: both come from tools beside
# the repository where those are, which are first in PATH from then on.
engine=''
[ ! -d ../shared/tools ] || PATH=$(realpath ../shared/tools):$PATH

base_images() { sed -nE 's/^FROM (--platform=[^ ]+ )?([^ ]+\/[^ ]+|node:[^ ]+) .*/\2/p' Dockerfile | sort -u; }

# An engine, and what the Dockerfile builds on.
engine_up() {
  command -v docker-engine >/dev/null || return 0
  docker info >/dev/null 2>&1 || engine=1
  docker-engine up && base_images | xargs -n 1 docker-engine image
}

# Stops the engine if engine_up started it, and waits until it has ended: the next one does not start beside it.
engine_down() {
  [ -n "$engine" ] || return 0
  local pid deadline=$((SECONDS + 60))
  pid=$(cat /run/docker.pid 2>/dev/null)
  docker-engine down >/dev/null 2>&1
  while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.2; done
}
