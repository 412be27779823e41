package gluestream.interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * Takes jobs as JSON lines on stdin and answers each with a JSON line on stdout: {@code serialize}, {@code deserialize},
 * {@code resolve}, {@code judge} and {@code bench}. Arguments: endpoint and name of the registry, which a job may replace by another
 * {@code registry}, and the mode of schemas that are made.
 */
public final class Main {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, Serde> serdes = new HashMap<>();
    private final String endpoint;
    private final String registry;
    private final String compatibility;

    private Main(String endpoint, String registry, String compatibility) {
        this.endpoint = endpoint;
        this.registry = registry;
        this.compatibility = compatibility;
    }

    public static void main(String[] arguments) throws IOException {
        Main program = new Main(arguments[0], arguments[1], arguments[2]);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        System.setOut(System.err); // stdout belongs to the answers
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            try {
                program.perform(JSON.readTree(line), answer);
            } catch (Throwable problem) { // a linkage error is an answer, too
                answer.put("error", chain(problem));
            }
            out.println(JSON.writeValueAsString(answer));
            out.flush();
        }
    }

    private void perform(JsonNode job, ObjectNode answer) throws Exception {
        String operation = text(job, "op");
        Serde serde = serdes.computeIfAbsent(job.path("registry").asText(registry), named -> new Serde(endpoint, named, compatibility));
        switch (operation) {
            case "serialize" -> {
                Format format = Format.of(text(job, "format"), text(job, "schema"), job.path("message").asText());
                String name = text(job, "name");
                String compression = text(job, "compression");
                each(job, answer, value -> Hex.text(serde.serialize(format, name, compression, format.read(value))));
            }
            case "deserialize" -> each(job, answer, frame -> serde.deserialize(text(job, "format"), text(job, "name"), Hex.bytes(frame)));
            case "resolve" -> {
                Resolution resolution = new Resolution(text(job, "writer"), text(job, "reader"));
                answer.put("compatible", resolution.compatible());
                each(job, answer, value -> Hex.text(resolution.read(Hex.bytes(value))));
            }
            case "judge" -> {
                Resolution resolution = new Resolution(text(job, "writer"), text(job, "reader"));
                ArrayNode verdicts = answer.putArray("values");
                verdict(verdicts, resolution::valid);
                verdict(verdicts, resolution::compatible);
            }
            case "bench" -> {
                Format format = Format.of(text(job, "format"), text(job, "schema"), job.path("message").asText());
                Bench.run(serde, format, text(job, "name"), job.get("values"), answer);
            }
            default -> throw new IllegalArgumentException("no such operation: " + operation);
        }
    }

    private interface Step {
        String apply(String value) throws Exception;
    }

    /** Does a step for each of the job's values; the answer has a text or {@code {"error": …}} for each. */
    private static void each(JsonNode job, ObjectNode answer, Step step) {
        ArrayNode results = answer.putArray("values");
        for (JsonNode value : job.get("values")) {
            try {
                results.add(step.apply(value.asText()));
            } catch (Throwable problem) {
                results.addObject().put("error", chain(problem));
            }
        }
    }

    /** Adds what a check says: true, false or {@code {"error": …}}. */
    private static void verdict(ArrayNode verdicts, BooleanSupplier check) {
        try {
            verdicts.add(check.getAsBoolean());
        } catch (Throwable problem) {
            verdicts.addObject().put("error", chain(problem));
        }
    }

    private static String text(JsonNode job, String key) {
        JsonNode value = job.get(key);
        if (value == null) {
            throw new IllegalArgumentException("the job has no " + key);
        }
        return value.asText();
    }

    private static String chain(Throwable problem) {
        StringBuilder said = new StringBuilder(problem.toString());
        for (Throwable cause = problem.getCause(); cause != null; cause = cause.getCause()) {
            said.append(" <- ").append(cause);
        }
        return said.toString();
    }
}
