# docs:begin
require "openssl"

TOLERANCE_SECONDS = 300

# Whether body, the raw bytes, was signed with secret just now. In Rack the headers
# are in env["HTTP_WEBHOOK_ID"], ["HTTP_WEBHOOK_TIMESTAMP"], ["HTTP_WEBHOOK_SIGNATURE"].
def from_petstore?(secret, id, sent_at, signatures, body)
  return false unless sent_at.match?(/\A\d+\z/)
  # Too old: somebody may be playing a recording.
  return false if (Time.now.to_i - sent_at.to_i).abs > TOLERANCE_SECONDS

  key = secret.delete_prefix("whsec_").unpack1("m")
  digest = OpenSSL::HMAC.digest("SHA256", key, "#{id}.#{sent_at}.".b + body.b)
  expected = "v1,#{[digest].pack("m0")}"
  signatures.split(" ").any? { |signature| OpenSSL.secure_compare(signature, expected) }
end
# docs:end

# For the tests: five lines per message (secret, id, timestamp, signatures, body in base64); prints yes or no for each.
$stdin.read.lines(chomp: true).each_slice(5) do |secret, id, sent_at, signatures, body|
  puts from_petstore?(secret, id, sent_at, signatures, body.unpack1("m")) ? "yes" : "no"
end
