# Two images: `gateway`, the service (the default), and `upstream`, the stand-in for the upstream.
#
#   docker build -t document-gateway --build-arg GIT_COMMIT=$(git rev-parse HEAD) .
#   docker build -t document-gateway-upstream --target upstream .
#
# Behind a registry mirror, hand your npm configuration to the build; it leaves no trace in the image:
#   docker build --secret id=npmrc,src=$HOME/.npmrc .
#
# Base images are pinned by version, so that an update is a deliberate change. Digests pin more strictly, and
# should be used once a bot updates them: a digest that is not updated means a base without security fixes.

# What is made here runs on any platform, so that it is made on that of the machine: none has to be emulated for another.
FROM --platform=$BUILDPLATFORM node:26.10.0-trixie-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./

FROM packages AS build
# The SBOM of the image looks in here too: what is in a bundle, a scan of the image does not see.
ARG BUILDKIT_SBOM_SCAN_STAGE=true
# Without its install script the package `node`, which pins Node on machines without one, brings no second Node.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --ignore-scripts --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY hack/docs-assets.ts hack/bundle.ts hack/undici.js ./hack/
RUN npm run bundle

# No shell, no package manager: see docs/operating.md for how to look inside. The files belong to root, and the
# process, which does not run as root, writes none.
FROM gcr.io/distroless/nodejs26-debian13:nonroot AS runtime
WORKDIR /app
# Memory that large documents have left goes back to the system: two arenas rather than some for each core, and a fixed
# threshold, which glibc would raise with each large buffer, to keep the next ones. V8 gets half of its default room for
# young objects, which takes 40 MB less under load.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576 \
    NODE_OPTIONS=--max-semi-space-size=16
USER 65532:65532
STOPSIGNAL SIGTERM
# The process that gets the signals is node itself.
ENTRYPOINT ["/nodejs/bin/node"]

FROM runtime AS upstream
COPY package.json ./
COPY test/upstream ./test/upstream
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || 3000), { method: 'HEAD' }).catch(() => process.exit(1))"]
CMD ["test/upstream/main.ts"]

# Runs once with what it will run on, so that little is left to compile at a start. An image for another platform finds
# nothing of its own here, and compiles.
FROM --platform=$BUILDPLATFORM gcr.io/distroless/nodejs26-debian13:nonroot AS compiled
WORKDIR /app
USER 65532:65532
COPY package.json ./
COPY --from=build /app/dist/docs-page ./dist/docs-page
COPY --from=build /app/dist/bundle ./dist/bundle
COPY hack/compile-cache.ts ./hack/
RUN ["/nodejs/bin/node", "hack/compile-cache.ts", "/tmp/compile-cache"]

FROM runtime AS gateway
COPY package.json ./
COPY --from=build /app/dist/docs-page ./dist/docs-page
COPY --from=build /app/dist/bundle ./dist/bundle
COPY --from=compiled --chown=root:root /tmp/compile-cache ./dist/compile-cache
ENV NODE_COMPILE_CACHE=/app/dist/compile-cache
EXPOSE 5000
# Alive or not, as /health says; whether requests should come here is a question for /health/ready and a balancer.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s \
    CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:' + (process.env.PORT || process.env.FLASK_PORT || 5000) + '/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# The import switches tracing on when OTEL_* variables ask for it, and loads nothing otherwise.
CMD ["--import", "./dist/bundle/register.js", "dist/bundle/main.js"]
# Last, since it changes with every commit and would take the layers above along.
ARG GIT_COMMIT=unknown
ENV GIT_COMMIT=${GIT_COMMIT}
LABEL org.opencontainers.image.title="document-gateway" \
      org.opencontainers.image.description="Delivers whole, undamaged documents from an upstream that cannot be trusted" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.revision="${GIT_COMMIT}" \
      org.opencontainers.image.base.name="gcr.io/distroless/nodejs26-debian13:nonroot"
