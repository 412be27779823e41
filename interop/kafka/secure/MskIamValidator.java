package gluestream.interop.kafka;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.UnsupportedCallbackException;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerExtensionsValidatorCallback;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerToken;
import org.apache.kafka.common.security.oauthbearer.OAuthBearerValidatorCallback;

/**
 * The broker's side of MSK IAM: takes the presigned request out of the token and computes its signature again, by nothing but the JDK.
 * Settings, as properties of the broker: {@code gluestream.msk.region}; {@code gluestream.msk.keys}, a file that is read at each login
 * and has a line {@code ACCESS_KEY SECRET TOKEN|- PRINCIPAL} for each key that counts; {@code gluestream.msk.log}, a file that each
 * verdict is appended to.
 */
public final class MskIamValidator implements AuthenticateCallbackHandler {
    private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
    private static final String NO_BODY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    private static final long MOST_AHEAD_SECONDS = 300;
    private static final long MOST_SECONDS = 900;

    private String region;
    private Path keys;
    private Path log;

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        Refused(String why) {
            super(why);
        }
    }

    private record Key(String access, String secret, String token, String principal) {
    }

    private record Accepted(String value, String principalName, Long startTimeMs, long lifetimeMs) implements OAuthBearerToken {
        @Override
        public Set<String> scope() {
            return Set.of();
        }
    }

    @Override
    public void configure(Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {
        region = String.valueOf(configs.get("gluestream.msk.region"));
        keys = Path.of(String.valueOf(configs.get("gluestream.msk.keys")));
        log = Path.of(String.valueOf(configs.get("gluestream.msk.log")));
    }

    @Override
    public void close() {
    }

    @Override
    public void handle(Callback[] callbacks) throws IOException, UnsupportedCallbackException {
        for (Callback callback : callbacks) {
            if (callback instanceof OAuthBearerValidatorCallback asked) {
                validate(asked);
            } else if (callback instanceof OAuthBearerExtensionsValidatorCallback asked) {
                asked.inputExtensions().map().keySet().forEach(asked::valid);
            } else {
                throw new UnsupportedCallbackException(callback);
            }
        }
    }

    private void validate(OAuthBearerValidatorCallback asked) throws IOException {
        String verdict;
        try {
            Accepted token = check(asked.tokenValue());
            asked.token(token);
            verdict = "accepted " + token.principalName();
        } catch (Refused | RuntimeException | GeneralSecurityException problem) {
            verdict = "refused " + problem.getMessage();
            asked.error("invalid_token: " + problem.getMessage(), null, null);
        }
        Files.writeString(log, verdict + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private Accepted check(String token) throws Refused, IOException, GeneralSecurityException {
        String url = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        String host = "kafka." + region + ".amazonaws.com";
        String start = "https://" + host + "/?";
        want(url.startsWith(start), "it is not for " + host);
        TreeMap<String, String> raw = new TreeMap<>();
        for (String pair : url.substring(start.length()).split("&")) {
            int equals = pair.indexOf('=');
            want(equals > 0, "a parameter without a value");
            want(raw.put(pair.substring(0, equals), pair.substring(equals + 1)) == null, "a parameter is there twice");
        }
        String signature = raw.remove("X-Amz-Signature");
        raw.remove("User-Agent");
        want(signature != null && signature.matches("[0-9a-f]{64}"), "no signature");
        want("kafka-cluster:Connect".equals(value(raw, "Action")), "another action");
        want("AWS4-HMAC-SHA256".equals(value(raw, "X-Amz-Algorithm")), "another algorithm");
        want("host".equals(value(raw, "X-Amz-SignedHeaders")), "other signed headers");
        String date = value(raw, "X-Amz-Date");
        Instant signed = LocalDateTime.parse(date, STAMP).toInstant(ZoneOffset.UTC);
        long seconds = Long.parseLong(value(raw, "X-Amz-Expires"));
        Instant now = Instant.now();
        want(seconds >= 1 && seconds <= MOST_SECONDS, "it lives too long");
        want(now.isBefore(signed.plusSeconds(seconds)), "it has expired");
        want(signed.isBefore(now.plusSeconds(MOST_AHEAD_SECONDS)), "it was signed in the future");
        String[] credential = value(raw, "X-Amz-Credential").split("/");
        String scope = date.substring(0, 8) + "/" + region + "/kafka-cluster/aws4_request";
        want(credential.length == 5 && scope.equals(String.join("/", List.of(credential).subList(1, 5))), "another scope");
        Key key = key(credential[0]);
        want(key.token().equals(raw.containsKey("X-Amz-Security-Token") ? value(raw, "X-Amz-Security-Token") : "-"), "another session token");
        want(MessageDigest.isEqual(sign(key, raw, host, date, scope).getBytes(StandardCharsets.US_ASCII),
            signature.getBytes(StandardCharsets.US_ASCII)), "the signature is wrong");
        return new Accepted(token, key.principal(), signed.toEpochMilli(), signed.plusSeconds(seconds).toEpochMilli());
    }

    private static void want(boolean holds, String otherwise) throws Refused {
        if (!holds) {
            throw new Refused(otherwise);
        }
    }

    /** A parameter, decoded; a plus sign is a plus sign. */
    private static String value(Map<String, String> raw, String name) throws Refused {
        String found = raw.get(name);
        want(found != null, "no " + name);
        return URLDecoder.decode(found.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    private Key key(String access) throws Refused, IOException {
        for (String line : Files.readAllLines(keys)) {
            String[] parts = line.split(" ");
            if (parts.length == 4 && parts[0].equals(access)) {
                return new Key(parts[0], parts[1], parts[2], parts[3]);
            }
        }
        throw new Refused("the access key is not known");
    }

    private static String sign(Key key, TreeMap<String, String> sorted, String host, String date, String scope) throws GeneralSecurityException {
        StringBuilder query = new StringBuilder();
        sorted.forEach((name, encoded) -> query.append(query.isEmpty() ? "" : "&").append(name).append('=').append(encoded));
        String request = String.join("\n", "GET", "/", query, "host:" + host, "", "host", NO_BODY);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(request.getBytes(StandardCharsets.UTF_8));
        String text = String.join("\n", "AWS4-HMAC-SHA256", date, scope, HexFormat.of().formatHex(digest));
        byte[] secret = ("AWS4" + key.secret()).getBytes(StandardCharsets.UTF_8);
        for (String part : scope.split("/")) {
            secret = hmac(secret, part);
        }
        return HexFormat.of().formatHex(hmac(secret, text));
    }

    private static byte[] hmac(byte[] secret, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }
}
