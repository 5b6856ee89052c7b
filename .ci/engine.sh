# shellcheck shell=bash
# Sourced by the other scripts. Provides Docker, and its images where no registry can be reached. Both come from tools beside
# the repository, if these exist; the tools are then first in PATH.
engine=''
[ ! -d ../shared/tools ] || PATH=$(realpath ../shared/tools):$PATH

base_images() { sed -nE 's/^FROM (--platform=[^ ]+ )?([^ ]+\/[^ ]+|node:[^ ]+) .*/\2/p' Dockerfile | sort -u; }

# Provides images where no registry can be reached, with Node and npm of this machine, not of the packages.
stand_in_images() {
  local image
  for image in "$@"; do PATH=${PATH//"$PWD/node_modules/.bin:"/} docker-engine image "$image" || return; done
}

# Starts an engine if needed and provides the base images of the Dockerfile.
engine_up() {
  command -v docker-engine >/dev/null || return 0
  docker info >/dev/null 2>&1 || engine=1
  local images
  mapfile -t images < <(base_images)
  docker-engine up && stand_in_images "${images[@]}"
}

# Stops the engine if engine_up started it, and waits for its end, so that a next one does not start beside it.
engine_down() {
  [ -n "$engine" ] || return 0
  local pid deadline=$((SECONDS + 60))
  pid=$(cat /run/docker.pid 2>/dev/null)
  docker-engine down >/dev/null 2>&1
  while [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && [ $SECONDS -lt $deadline ]; do sleep 0.2; done
}
