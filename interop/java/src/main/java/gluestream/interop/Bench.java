package gluestream.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.List;

/**
 * CPU time a record of the real serde, of the calling thread: the schema version is known, classes are loaded, the compiler is done.
 * What the garbage collector and the compiler do on threads of their own comes on top.
 */
final class Bench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final long WARM_UP_NANOSECONDS = 2_000_000_000L;
    private static final long RUN_NANOSECONDS = 200_000_000L;
    private static final int RUNS = 5;

    private static Object kept; // so that no work can be left out

    private Bench() {
    }

    private interface Step {
        Object apply(int index) throws Exception;
    }

    /** Measures every step of a format over the job's values, which are JSON texts. */
    static void run(Serde serde, Format format, String name, JsonNode values, ObjectNode answer) throws Exception {
        List<Object> objects = new ArrayList<>();
        List<byte[]> plain = new ArrayList<>();
        List<byte[]> zlib = new ArrayList<>();
        for (JsonNode value : values) {
            Object object = format.parse(value.asText());
            objects.add(object);
            plain.add(serde.serialize(format, name, "NONE", object));
            zlib.add(serde.serialize(format, name, "ZLIB", object));
        }
        int count = objects.size();
        measure(answer, "serialize", count, index -> serde.serialize(format, name, "NONE", objects.get(index)));
        measure(answer, "serialize-zlib", count, index -> serde.serialize(format, name, "ZLIB", objects.get(index)));
        measure(answer, "deserialize", count, index -> serde.deserialize(name, plain.get(index)));
        measure(answer, "deserialize-zlib", count, index -> serde.deserialize(name, zlib.get(index)));
        measure(answer, "text-to-frame", count,
            index -> serde.serialize(format, name, "NONE", format.parse(values.get(index).asText())));
        measure(answer, "frame-to-text", count, index -> format.print(serde.deserialize(name, plain.get(index))));
    }

    /** The least of several runs, in nanoseconds a record. */
    private static void measure(ObjectNode answer, String step, int count, Step work) throws Exception {
        rounds(count, work, WARM_UP_NANOSECONDS);
        double least = Double.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            least = Math.min(least, rounds(count, work, RUN_NANOSECONDS));
        }
        answer.put(step, Math.round(least));
    }

    private static double rounds(int count, Step work, long nanoseconds) throws Exception {
        long began = THREADS.getCurrentThreadCpuTime();
        long records = 0;
        long spent = 0;
        while (spent < nanoseconds) {
            for (int index = 0; index < count; index++) {
                kept = work.apply(index);
            }
            records += count;
            spent = THREADS.getCurrentThreadCpuTime() - began;
        }
        return (double) spent / records;
    }
}
