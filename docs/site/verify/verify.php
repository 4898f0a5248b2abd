<?php
// docs:begin
const TOLERANCE_SECONDS = 300;

/**
 * Whether $body, as file_get_contents('php://input') has it, was signed with
 * $secret just now. The headers are in $_SERVER['HTTP_WEBHOOK_ID'],
 * ['HTTP_WEBHOOK_TIMESTAMP'] and ['HTTP_WEBHOOK_SIGNATURE'].
 */
function is_from_petstore(
    string $secret,
    string $id,
    string $sentAt,
    string $signatures,
    string $body
): bool {
    if (!ctype_digit($sentAt) || abs(time() - (int) $sentAt) > TOLERANCE_SECONDS) {
        return false; // Too old: somebody may be playing a recording.
    }
    $key = base64_decode(preg_replace('/^whsec_/', '', $secret));
    $expected = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$sentAt.$body", $key, true));
    foreach (explode(' ', $signatures) as $signature) {
        if (hash_equals($expected, $signature)) {
            return true;
        }
    }
    return false;
}
// docs:end

// For the tests: five lines per message (secret, id, timestamp, signatures, body in base64); prints yes or no for each.
$lines = explode("\n", rtrim(stream_get_contents(STDIN), "\n"));
foreach (array_chunk($lines, 5) as [$secret, $id, $sentAt, $signatures, $body]) {
    echo is_from_petstore($secret, $id, $sentAt, $signatures, base64_decode($body)) ? "yes\n" : "no\n";
}
