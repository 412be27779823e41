# Stands in for apache/kafka: the jars of Maven on Debian, driven by the same KAFKA_… variables. Its context is the jars' folder and the entry beside this.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 1000 appuser \
    && install -d -o 1000 /opt/kafka/config /opt/kafka/logs /var/lib/kafka/data
COPY lib /opt/kafka/libs
COPY kafka-entry /usr/local/bin/kafka-entry
USER 1000
ENTRYPOINT ["/usr/local/bin/kafka-entry"]
