# Short names for long commands. None is needed: `cargo run -- demo` and `cargo test --workspace` are the whole set-up.

# Lists what there is.
default:
    @just --list

# The local stack on http://localhost:3000.
run *flags:
    cargo run -- {{flags}}

# An order from POST to its signed, delivered callback.
demo:
    cargo run -- demo

# Every test.
test:
    cargo test --workspace

# What a change must pass before it lands, apart from the tests.
check:
    cargo fmt --all -- --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

# The benchmarks of docs/benchmarks.md: a quarter of an hour on a quiet machine. `just bench closed` runs one.
bench *which="all":
    cargo run -p bench --release -- {{which}}

# How fast each function starts, beside the least that a function can be.
cold-start:
    cargo run -p runtime --release --bin cold-start

# Everything that the build machine runs.
ci:
    .ci/run

# Licences, bans and sources, from deny.toml.
licences:
    python3 .ci/licences.py

# Known vulnerabilities; needs the network and cargo-deny.
advisories:
    cargo deny check advisories

# Checks template.yaml; needs `pip install aws-sam-cli cfn-lint`.
template:
    cfn-lint template.yaml
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 sam validate --lint

# Builds every function for Lambda into target/lambda; needs `pip install cargo-lambda ziglang`. Of all of them only the
# chat is linked with Bedrock's SDK.
package architecture="arm64":
    cargo lambda build --release {{ if architecture == "arm64" { "--arm64" } else { "--x86-64" } }} \
        -p orders -p payments -p callbacks -p pets -p images -p webhooks -p users -p oauth -p chat -p fallback -p events \
        -p catalogue -p delivery --features chat/bedrock

# Builds and deploys; copy samconfig.toml.example to samconfig.toml first.
deploy environment="default" architecture="arm64": (package architecture)
    sam deploy --config-env {{environment}}
