package gluestream.interop;

import java.io.IOException;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaValidationException;
import org.apache.avro.SchemaValidatorBuilder;

/** Avro's own resolution between the schema that data was written with and the one it is to be read with. */
final class Resolution {
    private final Schema writer;
    private final Schema reader;

    Resolution(String writer, String reader) {
        this.writer = new Schema.Parser().parse(writer);
        this.reader = new Schema.Parser().parse(reader);
    }

    /** What Avro's compatibility checker says, without data. */
    boolean compatible() {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType() == SchemaCompatibilityType.COMPATIBLE;
    }

    /** What Avro's validator of schemas says, which follows its resolution of data. */
    boolean valid() {
        try {
            new SchemaValidatorBuilder().canReadStrategy().validateLatest().validate(reader, List.of(writer));
            return true;
        } catch (SchemaValidationException refusal) {
            return false;
        }
    }

    /** The value under the reader's schema, written again. */
    byte[] read(byte[] written) throws IOException {
        return AvroData.write(reader, AvroData.read(writer, reader, written));
    }
}
