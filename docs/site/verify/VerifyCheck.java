import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** For the tests: five lines per message (secret, id, timestamp, signatures, body in base64); yes or no for each. */
public final class VerifyCheck {
    public static void main(String[] arguments) throws Exception {
        String[] lines = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).split("\n");
        for (int at = 0; at + 4 < lines.length; at += 5) {
            byte[] body = Base64.getDecoder().decode(lines[at + 4]);
            boolean isOurs = Verify.isFromPetstore(lines[at], lines[at + 1], lines[at + 2], lines[at + 3], body);
            System.out.println(isOurs ? "yes" : "no");
        }
    }
}
