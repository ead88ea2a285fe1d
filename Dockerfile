# skillward's registry and its signer, in one image without shell, package manager or compiler. What each step does stands in scripts/image.sh, where a test runs the same steps.
#
# The base image has no default: pin the digest that you looked at.
#   docker buildx imagetools inspect docker.io/library/node:22-bookworm-slim
#   docker build --build-arg NODE_IMAGE=docker.io/library/node:22-bookworm-slim@sha256:... -t skillward .
ARG NODE_IMAGE

FROM ${NODE_IMAGE:?pass-a-Node-image-pinned-by-digest-as-this-file-says-at-its-head} AS build
ARG NODE_IMAGE
WORKDIR /src
COPY scripts/image.sh scripts/image.sh
RUN sh scripts/image.sh base "${NODE_IMAGE}"
COPY package.json package-lock.json ./
RUN sh scripts/image.sh dependencies
COPY . .
RUN sh scripts/image.sh build
RUN sh scripts/image.sh tree /image && sh scripts/image.sh check /image

FROM scratch
LABEL org.opencontainers.image.title="skillward" \
      org.opencontainers.image.description="A private registry for AI agent skills that serves only what was scanned, approved and signed" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=build --chown=0:0 /image/root/ /
COPY --from=build --chown=10001:10001 /image/own/ /
ENV NODE_ENV=production \
    SKILLWARD_DATA=/data \
    SKILLWARD_HOST=0.0.0.0 \
    SKILLWARD_PORT=4873
USER 10001:10001
WORKDIR /data
VOLUME ["/data"]
EXPOSE 4873
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 CMD ["/usr/local/bin/node", "/app/healthcheck.mjs"]
ENTRYPOINT ["/usr/local/bin/node", "/app/dist/skill.js"]
CMD ["serve"]
