# Stands in for distroless static: certificates and time zones of Debian, a user, and nothing to run.
FROM debian:bookworm-slim AS files
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates tzdata
RUN mkdir -p /out/etc/ssl/certs /out/usr/share /out/home/nonroot /out/tmp \
    && cp -a /usr/share/zoneinfo /out/usr/share/ \
    && cp /etc/ssl/certs/ca-certificates.crt /out/etc/ssl/certs/ \
    && echo 'hosts: files dns' > /out/etc/nsswitch.conf \
    && echo 'nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' > /out/etc/passwd \
    && echo 'nonroot:x:65532:' > /out/etc/group \
    && chmod 1777 /out/tmp && chown 65532:65532 /out/home/nonroot

FROM scratch
COPY --from=files /out /
USER 65532:65532
WORKDIR /home/nonroot
