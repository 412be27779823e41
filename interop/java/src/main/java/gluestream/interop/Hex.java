package gluestream.interop;

import java.util.HexFormat;

/** Bytes as lower-case hex. */
final class Hex {
    private Hex() {
    }

    static String text(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    static byte[] bytes(String text) {
        return HexFormat.of().parseHex(text);
    }
}
