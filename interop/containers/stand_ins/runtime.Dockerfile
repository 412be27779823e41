# Stands in for distroless base: the C library, certificates and time zones of Debian, a user, and nothing to type commands into.
FROM debian:bookworm-slim AS files
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata
RUN mkdir -p /out/etc/ssl/certs /out/home/nonroot /out/tmp \
    && for package in libc6 tzdata; do dpkg -L "$package"; done \
        | grep -E '^/(usr/)?lib(64)?/|^/usr/share/zoneinfo/' \
        | while read -r path; do if [ -L "$path" ] || [ -f "$path" ]; then cp -P --parents "$path" /out; fi; done \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > /out/etc/passwd \
    && echo 'nonroot:x:65532:' > /out/etc/group \
    && chmod 1777 /out/tmp && chown 65532:65532 /out/home/nonroot

FROM scratch
COPY --from=files /out /
USER 65532:65532
WORKDIR /home/nonroot
