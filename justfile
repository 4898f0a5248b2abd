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

# Checks template.yaml; needs `pip install aws-sam-cli cfn-lint`, in a virtual environment.
template:
    cfn-lint template.yaml
    SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1 sam validate --lint

# Builds every function for Lambda into target/lambda; needs `pip install cargo-lambda ziglang`, in a virtual environment.
# Of all of them only the chat is linked with Bedrock's SDK.
package architecture="arm64":
    cargo lambda build --release {{ if architecture == "arm64" { "--arm64" } else { "--x86-64" } }} \
        -p orders -p payments -p callbacks -p pets -p images -p webhooks -p users -p oauth -p chat -p fallback -p events \
        -p catalogue -p delivery --features chat/bedrock

# Builds for the Architecture that samconfig.toml has for the environment, and deploys; copy samconfig.toml.example first.
deploy environment="default":
    #!/usr/bin/env python3
    import subprocess, tomllib
    with open("samconfig.toml", "rb") as file:
        settings = tomllib.load(file)["{{environment}}"]["deploy"]["parameters"]
    parameters = dict(one.split("=", 1) for one in settings["parameter_overrides"])
    subprocess.run(["just", "package", parameters.get("Architecture", "arm64")], check=True)
    subprocess.run(["sam", "deploy", "--config-env", "{{environment}}"], check=True)
