package gluestream.interop;

import com.amazonaws.services.schemaregistry.deserializers.protobuf.ProtobufSchemaParser;
import com.amazonaws.services.schemaregistry.serializers.json.JsonDataWithSchema;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.util.JsonFormat;
import java.io.IOException;
import java.util.List;
import org.apache.avro.Schema;

/** A schema of one of the three formats, and how a job's text becomes the object that a user gives to the serde. */
interface Format {
    String name();

    /** The text that goes with payloads which are framed as they are. */
    String definition();

    /** From the form that jobs use. */
    Object read(String value) throws IOException;

    /** From JSON text, which jobs use for all but Avro. */
    default Object parse(String text) throws IOException {
        return read(text);
    }

    /** JSON text of what the deserializer gave. */
    String print(Object value) throws IOException;

    static Format of(String name, String schema, String message) throws Exception {
        return switch (name) {
            case "AVRO" -> new Avro(new Schema.Parser().parse(schema));
            case "JSON" -> new Json(schema);
            case "PROTOBUF" -> new Protobuf(schema, message(schema, message));
            default -> throw new IllegalArgumentException("no such format: " + name);
        };
    }

    private static Descriptor message(String schema, String fullName) throws Exception {
        List<Descriptor> types = ProtobufSchemaParser.parse(schema, "schema.proto").getMessageTypes();
        while (!types.isEmpty()) {
            for (Descriptor type : types) {
                if (type.getFullName().equals(fullName)) {
                    return type;
                }
            }
            types = types.stream().flatMap(type -> type.getNestedTypes().stream()).toList();
        }
        throw new IllegalArgumentException("no such message: " + fullName);
    }

    /** Values are binary in hex. */
    record Avro(Schema schema) implements Format {
        @Override
        public String name() {
            return "AVRO";
        }

        @Override
        public String definition() {
            return schema.toString();
        }

        @Override
        public Object read(String value) throws IOException {
            return AvroData.read(schema, schema, Hex.bytes(value));
        }

        @Override
        public Object parse(String text) throws IOException {
            return AvroData.parse(schema, text);
        }

        @Override
        public String print(Object value) throws IOException {
            return AvroData.print(schema, value);
        }
    }

    /** Values are JSON text. */
    record Json(String definition) implements Format {
        @Override
        public String name() {
            return "JSON";
        }

        @Override
        public Object read(String value) {
            return JsonDataWithSchema.builder(definition, value).build();
        }

        @Override
        public String print(Object value) {
            return ((JsonDataWithSchema) value).getPayload();
        }
    }

    /** Values are proto3 JSON. */
    record Protobuf(String definition, Descriptor type) implements Format {
        @Override
        public String name() {
            return "PROTOBUF";
        }

        @Override
        public Object read(String value) throws IOException {
            DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
            JsonFormat.parser().merge(value, message);
            return message.build();
        }

        @Override
        public String print(Object value) throws IOException {
            return JsonFormat.printer().omittingInsignificantWhitespace().print((DynamicMessage) value);
        }
    }
}
