/* librdkafka by itself, with records such as ours: each with a key of its own, by which it is placed, and bytes that do not repeat.
 * Arguments: bootstrap servers, topic, number of records. Ends with 1 unless each was delivered. */

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rdkafka.h"

#define KEY_BYTES 52
#define VALUE_BYTES 77

static long delivered, failed;

static void on_delivery(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
        (void)client;
        (void)opaque;
        if (message->err)
                failed++;
        else
                delivered++;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value) {
        char why[256];
        if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK) {
                fprintf(stderr, "%s\n", why);
                exit(1);
        }
}

static uint64_t next(uint64_t *state) {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        return *state;
}

int main(int argc, char **argv) {
        rd_kafka_conf_t *conf = rd_kafka_conf_new();
        char why[256], key[KEY_BYTES + 1], value[VALUE_BYTES] = {3};
        uint64_t state = 88172645463325252u;
        if (argc != 4)
                return 64;
        long count = atol(argv[3]);
        set(conf, "bootstrap.servers", argv[1]);
        set(conf, "enable.idempotence", "true");
        set(conf, "acks", "all");
        set(conf, "linger.ms", "5");
        set(conf, "compression.codec", "lz4");
        set(conf, "partitioner", "murmur2_random");
        set(conf, "queue.buffering.max.messages", "100000");
        rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
        rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof(why));
        rd_kafka_topic_t *topic = client ? rd_kafka_topic_new(client, argv[2], NULL) : NULL;
        if (!topic)
                return 1;
        for (long number = 0; number < count; number++) {
                snprintf(key, sizeof(key), "{\"order_id\": \"%08" PRIx32 "-0000-4000-8000-%012" PRIx64 "\"}",
                         (uint32_t)next(&state), next(&state) & 0xffffffffffff);
                for (int at = 18; at + 8 <= VALUE_BYTES; at += 8) {
                        uint64_t bytes = next(&state);
                        memcpy(value + at, &bytes, 8);
                }
                while (rd_kafka_produce(topic, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value, VALUE_BYTES, key, KEY_BYTES, NULL))
                        rd_kafka_poll(client, 10); /* the queue is full */
                if (number % 1000 == 0)
                        rd_kafka_poll(client, 0);
        }
        rd_kafka_flush(client, 60000);
        rd_kafka_topic_destroy(topic);
        rd_kafka_destroy(client);
        return delivered == count && !failed ? 0 : 1;
}
