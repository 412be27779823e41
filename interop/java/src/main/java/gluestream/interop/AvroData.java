package gluestream.interop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.io.JsonEncoder;

/** Generic values of Avro, as binary and as Avro's JSON encoding. */
final class AvroData {
    private AvroData() {
    }

    /** Reads a whole datum. */
    static Object read(Schema writer, Schema reader, byte[] bytes) throws IOException {
        BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(bytes, null);
        Object value = new GenericDatumReader<>(writer, reader).read(null, decoder);
        if (!decoder.isEnd()) {
            throw new IOException("bytes are left after the datum");
        }
        return value;
    }

    static byte[] write(Schema schema, Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(bytes, null);
        new GenericDatumWriter<>(schema).write(value, encoder);
        return bytes.toByteArray();
    }

    static Object parse(Schema schema, String text) throws IOException {
        return new GenericDatumReader<>(schema).read(null, DecoderFactory.get().jsonDecoder(schema, text));
    }

    static String print(Schema schema, Object value) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        JsonEncoder encoder = EncoderFactory.get().jsonEncoder(schema, text);
        new GenericDatumWriter<>(schema).write(value, encoder);
        encoder.flush();
        return text.toString(StandardCharsets.UTF_8);
    }
}
