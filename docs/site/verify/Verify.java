// docs:begin
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

public final class Verify {
    private static final long TOLERANCE_SECONDS = 300;

    /** Whether body, the raw bytes, was signed with secret just now. */
    public static boolean isFromPetstore(
            String secret, String id, String sentAt, String signatures, byte[] body)
            throws GeneralSecurityException {
        if (!sentAt.matches("[0-9]{1,12}")) {
            return false;
        }
        long age = Instant.now().getEpochSecond() - Long.parseLong(sentAt);
        if (Math.abs(age) > TOLERANCE_SECONDS) {
            return false; // Too old: somebody may be playing a recording.
        }
        byte[] key = Base64.getDecoder().decode(secret.replaceFirst("^whsec_", ""));
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        mac.update((id + "." + sentAt + ".").getBytes(StandardCharsets.UTF_8));
        String digest = Base64.getEncoder().encodeToString(mac.doFinal(body));
        byte[] expected = ("v1," + digest).getBytes(StandardCharsets.UTF_8);
        boolean found = false;
        for (String signature : signatures.split(" ")) {
            byte[] given = signature.getBytes(StandardCharsets.UTF_8);
            found |= MessageDigest.isEqual(expected, given);
        }
        return found;
    }
}
// docs:end
