# One image a binary, and beside them what is in each:
#   docker build --target producer -t gluestream/producer .
#   docker build --target sbom --output sbom .
# The bases are arguments, so that a mirror, a digest or a local copy can stand in for them:
#   --build-arg RUNTIME_IMAGE=gcr.io/distroless/static-debian12:nonroot@sha256:…
ARG RUST_IMAGE=rust:1.95.0-bookworm
# Certificates and time zones, and nothing that runs. The few libraries that the binaries ask for (glibc's, libgcc) come from the build.
ARG RUNTIME_IMAGE=gcr.io/distroless/static-debian12:nonroot
# Where the binaries come from: `build` makes them; `prebuilt` takes those that lie in target/image.
ARG BINARIES=build

# The secret `ca` is for networks with a certificate authority of their own: --secret id=ca,src=BUNDLE.
FROM ${RUST_IMAGE} AS auditable
RUN --mount=type=cache,id=gluestream-cargo,target=/usr/local/cargo/registry \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,required=false \
    cargo install --locked --root /tools cargo-auditable@0.7.7

FROM ${RUST_IMAGE} AS cyclonedx
RUN --mount=type=cache,id=gluestream-cargo,target=/usr/local/cargo/registry \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,required=false \
    cargo install --locked --root /tools auditable2cdx@0.1.0

FROM ${RUST_IMAGE} AS build
WORKDIR /src
COPY --from=auditable /tools/bin/cargo-auditable /usr/local/bin/
# Shown by --version and /version: --build-arg REVISION=$(git rev-parse --short=12 HEAD).
ARG REVISION=unknown
COPY . .
# The cache of target/ goes with this step, so the binaries are copied out of it. What an image ships is small: its relocations are packed (glibc 2.36
# and later), and it has no symbols (a panic says its place by itself).
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"
RUN --mount=type=cache,id=gluestream-cargo,target=/usr/local/cargo/registry \
    --mount=type=cache,id=gluestream-target,target=/src/target \
    --mount=type=secret,id=ca,target=/etc/ssl/certs/ca-certificates.crt,required=false \
    GLUESTREAM_REVISION="$REVISION" cargo auditable build --release --locked -p producer -p consumer -p registry-stub \
    && mkdir -p /out/data /out/libraries \
    && for binary in producer consumer registry-stub; do \
        strip -o "/out/$binary" "target/release/$binary"; \
        for word in $(ldd "/out/$binary"); do \
            case "$word" in /*) cp --dereference --parents --target-directory /out/libraries "$word" ;; esac; \
        done; \
    done

FROM scratch AS prebuilt
COPY target/image /out

FROM ${BINARIES} AS binaries

# The crates that each binary says it was made of, as CycloneDX.
FROM cyclonedx AS listed
COPY --from=build /out /out
RUN mkdir /sbom && for binary in producer consumer registry-stub; do /tools/bin/auditable2cdx "/out/$binary" > "/sbom/$binary.cdx.json"; done

FROM scratch AS sbom
COPY --from=listed /sbom /

FROM ${RUNTIME_IMAGE} AS runtime
ARG REVISION=unknown
ARG VERSION=0.1.0
LABEL org.opencontainers.image.source="https://github.com/gluestream/gluestream" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.vendor="Gluestream" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# For librdkafka's own OpenSSL as well, which knows no system's folder.
ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
WORKDIR /
USER 65532:65532
STOPSIGNAL SIGTERM

FROM runtime AS producer
LABEL org.opencontainers.image.title="gluestream producer"
ENV GLUESTREAM_ADMIN__LISTEN=0.0.0.0:9464
EXPOSE 9464
COPY --from=binaries /out/libraries /
COPY --from=binaries /out/producer /usr/local/bin/producer
HEALTHCHECK --interval=10s --timeout=10s --start-period=10s --retries=3 CMD ["/usr/local/bin/producer", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/producer"]

FROM runtime AS consumer
LABEL org.opencontainers.image.title="gluestream consumer"
ENV GLUESTREAM_ADMIN__LISTEN=0.0.0.0:9464
EXPOSE 9464
COPY --from=binaries /out/libraries /
COPY --from=binaries /out/consumer /usr/local/bin/consumer
HEALTHCHECK --interval=10s --timeout=10s --start-period=10s --retries=3 CMD ["/usr/local/bin/consumer", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/consumer"]

FROM runtime AS registry-stub
LABEL org.opencontainers.image.title="gluestream registry stub"
ENV GLUESTREAM_STUB__LISTEN=0.0.0.0:8181
EXPOSE 8181
COPY --from=binaries /out/libraries /
COPY --from=binaries /out/registry-stub /usr/local/bin/registry-stub
# Where a volume for stub.data goes.
COPY --from=binaries --chown=65532:65532 /out/data /data
HEALTHCHECK --interval=10s --timeout=10s --start-period=10s --retries=3 CMD ["/usr/local/bin/registry-stub", "healthcheck"]
ENTRYPOINT ["/usr/local/bin/registry-stub"]
