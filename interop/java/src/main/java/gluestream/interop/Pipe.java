package gluestream.interop;

import com.amazonaws.services.schemaregistry.deserializers.GlueSchemaRegistryKafkaDeserializer;
import com.amazonaws.services.schemaregistry.serializers.GlueSchemaRegistryKafkaSerializer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * A Java application with the Glue serde, to be measured as a process: makes orders and sends them, or reads them until so many came.
 * Arguments: {@code produce BOOTSTRAP TOPIC COUNT ENDPOINT REGISTRY SCHEMA_FILE} or
 * {@code consume BOOTSTRAP TOPIC COUNT ENDPOINT REGISTRY objects|text}.
 */
public final class Pipe {
    private static final int LETTERS = 1000;

    private Pipe() {
    }

    public static void main(String[] arguments) throws IOException {
        long count = Long.parseLong(arguments[3]);
        Map<String, Object> glue = Map.of(
            "region", "us-east-1", "endpoint", arguments[4], "registry.name", arguments[5], "schemaName", arguments[2] + "-value",
            "schemaAutoRegistrationEnabled", "true", "dataFormat", "AVRO", "avroRecordType", "GENERIC_RECORD");
        if (arguments[0].equals("produce")) {
            produce(arguments[1], arguments[2], count, glue, Files.readString(Path.of(arguments[6])));
        } else {
            consume(arguments[1], arguments[2], count, glue, arguments[6].equals("text"));
        }
    }

    /** The settings that our producer has: all replicas, lz4, five milliseconds, and librdkafka's size of a batch. */
    private static void produce(String bootstrap, String topic, long count, Map<String, Object> glue, String definition) {
        Properties settings = new Properties();
        settings.putAll(glue);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("key.serializer", StringSerializer.class.getName());
        settings.put("value.serializer", GlueSchemaRegistryKafkaSerializer.class.getName());
        settings.put("acks", "all");
        settings.put("linger.ms", "5");
        settings.put("compression.type", "lz4");
        settings.put("batch.size", "1000000");
        settings.put("buffer.memory", "67108864");
        Schema schema = new Schema.Parser().setValidate(false).parse(definition);
        Schema item = schema.getField("order_items").schema().getElementType();
        Random random = new Random(1);
        AtomicLong delivered = new AtomicLong();
        try (KafkaProducer<String, GenericRecord> producer = new KafkaProducer<>(settings)) {
            for (long number = 0; number < count; number++) {
                GenericRecord order = order(schema, item, random);
                String key = "{\"order_id\": \"" + order.get("order_id") + "\"}";
                producer.send(new ProducerRecord<>(topic, key, order), (place, problem) -> {
                    if (problem == null) {
                        delivered.incrementAndGet();
                    }
                });
            }
            producer.flush();
        }
        if (delivered.get() != count) {
            throw new IllegalStateException("delivered " + delivered.get() + " of " + count);
        }
    }

    private static GenericRecord order(Schema schema, Schema item, Random random) {
        GenericRecord order = new GenericData.Record(schema);
        order.put("order_id", new UUID(random.nextLong(), random.nextLong()).toString());
        order.put("ordered_at", System.currentTimeMillis());
        order.put("user_id", Integer.toHexString(1 + random.nextInt(LETTERS)));
        List<GenericRecord> items = new ArrayList<>();
        for (int rest = 1 + random.nextInt(4); rest > 0; rest--) {
            GenericRecord one = new GenericData.Record(item);
            one.put("product_id", 1L + random.nextInt(9999));
            one.put("quantity", 1L + random.nextInt(10));
            items.add(one);
        }
        order.put("order_items", items);
        return order;
    }

    private static void consume(String bootstrap, String topic, long count, Map<String, Object> glue, boolean asText) throws IOException {
        Properties settings = new Properties();
        settings.putAll(glue);
        settings.put("bootstrap.servers", bootstrap);
        settings.put("group.id", topic + "-java-" + UUID.randomUUID());
        settings.put("auto.offset.reset", "earliest");
        settings.put("key.deserializer", StringDeserializer.class.getName());
        settings.put("value.deserializer", GlueSchemaRegistryKafkaDeserializer.class.getName());
        long seen = 0;
        try (KafkaConsumer<String, GenericRecord> consumer = new KafkaConsumer<>(settings);
             OutputStream out = Files.newOutputStream(Path.of("/dev/null"))) {
            consumer.subscribe(List.of(topic));
            while (seen < count) {
                for (ConsumerRecord<String, GenericRecord> record : consumer.poll(Duration.ofSeconds(1))) {
                    seen++;
                    if (asText) {
                        out.write(record.value().toString().getBytes(StandardCharsets.UTF_8));
                    }
                }
            }
            consumer.commitSync();
        }
    }
}
