package gluestream.interop;

import com.amazonaws.services.schemaregistry.common.Schema;
import com.amazonaws.services.schemaregistry.common.configs.GlueSchemaRegistryConfiguration;
import com.amazonaws.services.schemaregistry.deserializers.GlueSchemaRegistryDeserializer;
import com.amazonaws.services.schemaregistry.deserializers.GlueSchemaRegistryDeserializerImpl;
import com.amazonaws.services.schemaregistry.deserializers.GlueSchemaRegistryKafkaDeserializer;
import com.amazonaws.services.schemaregistry.serializers.GlueSchemaRegistryKafkaSerializer;
import com.amazonaws.services.schemaregistry.serializers.GlueSchemaRegistrySerializer;
import com.amazonaws.services.schemaregistry.serializers.GlueSchemaRegistrySerializerImpl;
import com.amazonaws.services.schemaregistry.serializers.json.JsonDataWithSchema;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.generic.GenericContainer;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;

/** The real serde: one serializer for each format and compression and one deserializer, as an application would hold them. */
final class Serde {
    private static final JsonFormat.Printer MESSAGES = JsonFormat.printer().omittingInsignificantWhitespace();

    private final AwsCredentialsProvider credentials = DefaultCredentialsProvider.create();
    private final Map<String, Object> settings = new HashMap<>();
    private final Map<String, GlueSchemaRegistryKafkaSerializer> serializers = new HashMap<>();
    private final Map<String, GlueSchemaRegistrySerializer> framers = new HashMap<>();
    private final GlueSchemaRegistryKafkaDeserializer deserializer;
    private final GlueSchemaRegistryDeserializer unframer;

    Serde(String endpoint, String registry, String compatibility) {
        settings.put("region", "us-east-1");
        settings.put("endpoint", endpoint);
        settings.put("registry.name", registry);
        settings.put("compatibility", compatibility);
        settings.put("schemaAutoRegistrationEnabled", "true");
        settings.put("avroRecordType", "GENERIC_RECORD");
        settings.put("protobufMessageType", "DYNAMIC_MESSAGE");
        settings.put("cacheSize", "10000");
        deserializer = new GlueSchemaRegistryKafkaDeserializer(credentials, settings);
        unframer = new GlueSchemaRegistryDeserializerImpl(credentials, new GlueSchemaRegistryConfiguration(settings));
    }

    /** A frame. What the serde's own object path refuses (Avro maps, primitives and unions) goes through its bytes path. */
    byte[] serialize(Format format, String name, String compression, Object value) throws IOException {
        if (format instanceof Format.Avro avro && !takesObject(avro, value)) {
            Schema schema = new Schema(avro.definition(), "AVRO", name);
            return framer(compression).encode(name, schema, AvroData.write(avro.schema(), value));
        }
        return serializer(format.name(), compression).serialize(name, value);
    }

    private static boolean takesObject(Format.Avro format, Object value) {
        return value instanceof GenericContainer container && container.getSchema().equals(format.schema());
    }

    /** What the serde makes of a frame: Avro as binary again, JSON as text, a message as its full name and proto3 JSON. */
    String deserialize(String format, String name, byte[] frame) throws IOException {
        Object value = deserializer.deserialize(name, frame);
        return switch (format) {
            case "AVRO" -> Hex.text(AvroData.write(writer(frame), value));
            case "JSON" -> ((JsonDataWithSchema) value).getPayload();
            default -> {
                DynamicMessage message = (DynamicMessage) value;
                yield message.getDescriptorForType().getFullName() + " " + MESSAGES.print(message);
            }
        };
    }

    /** What the deserializer gives to an application, for measuring. */
    Object deserialize(String name, byte[] frame) {
        return deserializer.deserialize(name, frame);
    }

    private org.apache.avro.Schema writer(byte[] frame) {
        return new org.apache.avro.Schema.Parser().parse(unframer.getSchema(frame).getSchemaDefinition());
    }

    private GlueSchemaRegistryKafkaSerializer serializer(String format, String compression) {
        return serializers.computeIfAbsent(format + compression, key -> {
            GlueSchemaRegistryKafkaSerializer made = new GlueSchemaRegistryKafkaSerializer(credentials, with(format, compression));
            made.configure(with(format, compression), false);
            return made;
        });
    }

    private GlueSchemaRegistrySerializer framer(String compression) {
        return framers.computeIfAbsent(compression, key ->
            new GlueSchemaRegistrySerializerImpl(credentials, new GlueSchemaRegistryConfiguration(with("AVRO", compression))));
    }

    private Map<String, Object> with(String format, String compression) {
        Map<String, Object> all = new HashMap<>(settings);
        all.put("dataFormat", format);
        all.put("compression", compression);
        return all;
    }
}
