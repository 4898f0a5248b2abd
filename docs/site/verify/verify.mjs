// docs:begin
import { createHmac, timingSafeEqual } from "node:crypto";

const TOLERANCE_SECONDS = 300;

/**
 * Whether `body`, a Buffer of the raw bytes, was signed with `secret` just now.
 * `headers` are as node:http gives them.
 */
export function isFromPetstore(secret, headers, body) {
  const sentAt = headers["webhook-timestamp"] ?? "";
  const age = Math.abs(Date.now() / 1000 - Number(sentAt));
  if (!/^\d+$/.test(sentAt) || age > TOLERANCE_SECONDS) {
    return false; // Too old: somebody may be playing a recording.
  }
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const mac = createHmac("sha256", key);
  mac.update(`${headers["webhook-id"]}.${sentAt}.`).update(body);
  const expected = Buffer.from(`v1,${mac.digest("base64")}`);
  const signatures = (headers["webhook-signature"] ?? "").split(" ");
  return signatures.map((one) => Buffer.from(one)).some(
    (one) => one.length === expected.length && timingSafeEqual(one, expected),
  );
}
// docs:end

// For the tests: five lines per message (secret, id, timestamp, signatures, body in base64); prints yes or no for each.
const { readFileSync } = await import("node:fs");
const lines = readFileSync(0, "utf8").trimEnd().split("\n");
for (let at = 0; at < lines.length; at += 5) {
  const [secret, id, sentAt, signatures, body] = lines.slice(at, at + 5);
  const headers = { "webhook-id": id, "webhook-timestamp": sentAt, "webhook-signature": signatures };
  console.log(isFromPetstore(secret, headers, Buffer.from(body, "base64")) ? "yes" : "no");
}
