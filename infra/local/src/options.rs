//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use domain::TenantId;
use domain::id::OrderId;
use domain::tenant::Registration;

use crate::emulators::Endpoints;

/// Runs the Modern PetstoreAPI on this machine: tables, queues and every function in one process.
#[derive(Debug, Parser)]
#[command(name = "petstore", version, about)]
pub struct Cli {
    /// How the stack runs.
    #[command(flatten)]
    pub options: Options,
    /// What to do; without a command the stack runs until Ctrl-C.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What `petstore` can do besides running the stack.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Walks one order from POST to its signed callback and webhooks, prints every step, and ends
    Demo,
    /// Writes the documentation site into a folder, for a static host
    Docs {
        /// The folder; it is made if it is not there
        folder: PathBuf,
        /// Address of the API, for the guides to name; without it the reference calls the host that it comes from
        #[arg(long, value_name = "URL", value_parser = origin)]
        server: Option<String>,
    },
    /// Lists and counts every pet anew: what the catalogue shows and the inventory says
    Recount {
        /// A stack's first table in AWS, or wherever AWS_ENDPOINT_URL points; without it, the local state folder
        #[arg(long, value_name = "NAME")]
        table: Option<String>,
    },
    /// Manages the tenants of a deployment: AWS credentials and TABLE_NAME come from the environment
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Lists the payments and refunds that run for over a minute: credentials and TABLE_NAME come from the environment
    Unsettled,
    /// Ends a payment or refund of which the provider gives no word, with what you found out there: credentials and
    /// TABLE_NAME come from the environment
    Settle(Settle),
    /// Makes a deployment's first tenant and its owner: credentials and TABLE_NAME come from the environment, the
    /// password from PETSTORE_PASSWORD or one line of standard input
    Bootstrap(Bootstrap),
}

/// What `petstore tenant` can do.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum TenantCommand {
    /// Creates a tenant; prints its id and an invitation for its owner, who is the first to register
    Create(NewTenant),
    /// Changes who may register in a tenant from now on; existing users stay
    Registration(NewRegistration),
    /// Adds the default OAuth client, for programs on the user's own machine, to a tenant that lacks it
    Client {
        /// The tenant's id
        #[arg(value_parser = tenant_id)]
        tenant: TenantId,
    },
}

/// A tenant to create.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct NewTenant {
    /// The tenant's id, a hyphenated UUID; generated unless given
    #[arg(long, value_parser = tenant_id)]
    pub id: Option<TenantId>,
    /// Who may register: invited users only, or everybody
    #[arg(long, value_name = "invite|open", default_value = "invite", value_parser = registration)]
    pub registration: Registration,
}

/// How an existing tenant is to take users.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct NewRegistration {
    /// The tenant's id
    #[arg(value_parser = tenant_id)]
    pub tenant: TenantId,
    /// Who may register: invited users only, or everybody
    #[arg(value_name = "invite|open", value_parser = registration)]
    pub registration: Registration,
}

/// How a payment or refund ended.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[group(skip)]
pub struct Settle {
    /// The order's id
    #[arg(value_parser = order_id)]
    pub order: OrderId,
    /// The order's tenant; the shared pool unless given
    #[arg(long, value_parser = tenant_id)]
    pub tenant: Option<TenantId>,
    /// What you found out
    #[command(flatten)]
    pub word: SettleWord,
}

/// What an operator found out; one of them.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[group(required = true, multiple = false)]
pub struct SettleWord {
    /// The payment was charged, under this id of the provider's (pi_…, ch_…, py_…)
    #[arg(long, value_name = "ID", value_parser = charge_id)]
    pub charged: Option<String>,
    /// The payment was not charged, and the provider will never charge it
    #[arg(long)]
    pub declined: bool,
    /// The money of the refund went back
    #[arg(long)]
    pub refunded: bool,
    /// The money of the refund did not go back, and never will
    #[arg(long)]
    pub refused: bool,
}

/// The first tenant and its owner.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Bootstrap {
    /// The tenant
    #[command(flatten)]
    pub tenant: NewTenant,
    /// Username of its owner
    #[arg(long)]
    pub username: String,
    /// E-mail address of its owner
    #[arg(long)]
    pub email: String,
    /// First name of its owner
    #[arg(long, default_value = "Tenant")]
    pub first_name: String,
    /// Last name of its owner
    #[arg(long, default_value = "Owner")]
    pub last_name: String,
}

/// How the local stack runs.
#[derive(Clone, Debug, PartialEq, Args)]
pub struct Options {
    /// Port of the API on 127.0.0.1; 0 takes any free one
    #[arg(long, global = true, default_value_t = 3000)]
    pub port: u16,
    /// Folder that holds tables, keys and tokens
    #[arg(long, global = true, value_name = "DIR", default_value = ".petstore")]
    pub state: PathBuf,
    /// Keep nothing: use a temporary folder instead
    #[arg(long, global = true)]
    pub ephemeral: bool,
    /// Start without the example pets and the example order
    #[arg(long, global = true)]
    pub no_seed: bool,
    /// Divide the waits between attempts, and between runs of the background jobs, by F
    #[arg(long, global = true, value_name = "F", default_value_t = 1.0, value_parser = scale)]
    pub retry_scale: f64,
    /// Delivery environments with separate memory
    #[arg(long, global = true, value_name = "N", default_value_t = 1, value_parser = environments)]
    pub delivery_environments: usize,
    /// Requests per minute and caller; off unless given
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_limit: Option<u32>,
    /// Deliver to other machines too, not to this one alone
    #[arg(long, global = true)]
    pub allow_internet: bool,
    /// Emulators that run elsewhere; they are then not started here
    #[arg(skip)]
    pub emulators: Option<Endpoints>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 3000,
            state: PathBuf::from(".petstore"),
            ephemeral: false,
            no_seed: false,
            retry_scale: 1.0,
            delivery_environments: 1,
            rate_limit: None,
            allow_internet: false,
            emulators: None,
        }
    }
}

impl Options {
    /// What tests want: any port, nothing kept.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self { port: 0, ephemeral: true, ..Self::default() }
    }

    /// A wait or tick of `usual` at this run's scale.
    #[must_use]
    pub fn scaled(&self, usual: Duration) -> Duration {
        // Never zero: a ticker without a pause would only spin.
        usual.div_f64(self.retry_scale).max(Duration::from_millis(1))
    }
}

fn tenant_id(text: &str) -> Result<TenantId, String> {
    TenantId::parse_named(text).map_err(|error| error.to_string())
}

fn order_id(text: &str) -> Result<OrderId, String> {
    OrderId::parse(text).map_err(|error| error.to_string())
}

/// Of which form it has to be depends on the payment's processor.
fn charge_id(text: &str) -> Result<String, String> {
    Some(text.trim().to_owned())
        .filter(|id| !id.is_empty())
        .ok_or_else(|| "must be the charge's id".to_owned())
}

fn registration(word: &str) -> Result<Registration, String> {
    Registration::parse(word).ok_or_else(|| "must be invite or open".to_owned())
}

fn scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    let usable = (0.001..=1_000_000.0).contains(&scale);
    if usable { Ok(scale) } else { Err("must be between 0.001 and 1000000".to_owned()) }
}

fn environments(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| (1..=64).contains(count));
    count.ok_or_else(|| "must be between 1 and 64".to_owned())
}

/// `https://api.example.com`: scheme, host, perhaps a port, and nothing after it. It goes into pages as it is.
fn origin(text: &str) -> Result<String, String> {
    let uri: http::Uri = text.parse().map_err(|_| "not a URL".to_owned())?;
    let is_web = matches!(uri.scheme_str(), Some("https" | "http"));
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-:[]".contains(letter);
    if is_web && uri.path() == "/" && uri.query().is_none() && authority.chars().all(is_plain) {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("must be an origin like https://api.example.com".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from(std::iter::once(&"petstore").chain(arguments))
    }

    #[test]
    fn no_argument_is_the_default() {
        let cli = parse(&[]).unwrap();
        assert_eq!((cli.options, cli.command), (Options::default(), None));
    }

    #[test]
    fn flags_may_stand_on_either_side_of_the_command() {
        let flags = ["--port", "0", "--ephemeral", "--retry-scale", "60", "--rate-limit", "5"];
        let expected = Options { retry_scale: 60.0, rate_limit: Some(5), ..Options::ephemeral() };
        let before = parse(&[&flags[..], &["demo"]].concat()).unwrap();
        let after = parse(&[&["demo"], &flags[..]].concat()).unwrap();
        assert_eq!((&before.options, &before.command), (&expected, &Some(Command::Demo)));
        assert_eq!((&after.options, &after.command), (&expected, &Some(Command::Demo)));
    }

    #[test]
    fn the_documentation_may_name_another_server() {
        let server = |url| match parse(&["docs", "out", "--server", url]).map(|cli| cli.command) {
            Ok(Some(Command::Docs { server, .. })) => server,
            _ => None,
        };
        assert_eq!(server("https://api.example.com/").as_deref(), Some("https://api.example.com"));
        assert_eq!(server("http://localhost:3000").as_deref(), Some("http://localhost:3000"));
        for url in [
            "api.example.com",
            "https://a.example/v1",
            "ftp://a.example",
            "https://a';--@b.example",
            "https://a b",
        ] {
            assert_eq!(server(url), None, "{url}");
        }
    }

    #[test]
    fn an_operation_is_settled_with_one_word() {
        let order = "019b4139-1234-7abc-8def-123456789abc";
        let settle = |words: &[&str]| parse(&[&["settle", order], words].concat());
        for words in [&["--charged", "pi_1"][..], &["--declined"], &["--refunded"], &["--refused"]] {
            assert!(settle(words).is_ok(), "{words:?}");
        }
        for words in [
            &[][..],
            &["--charged"],
            &["--charged", " "],
            &["--declined", "--refunded"],
            &["--charged", "pi_1", "--declined"],
        ] {
            assert!(settle(words).is_err(), "{words:?}");
        }
        assert!(parse(&["settle", "7", "--declined"]).is_err());
    }

    #[test]
    fn values_that_make_no_sense_are_refused() {
        for arguments in [
            ["--retry-scale", "0"],
            ["--retry-scale", "NaN"],
            ["--retry-scale", "-1"],
            ["--delivery-environments", "0"],
            ["--rate-limit", "0"],
            ["--port", "65536"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn waits_are_divided_by_the_scale_and_never_zero() {
        let options = Options { retry_scale: 10.0, ..Options::default() };
        assert_eq!(options.scaled(Duration::from_secs(5)), Duration::from_millis(500));
        let fastest = Options { retry_scale: 1_000_000.0, ..Options::default() };
        assert!(fastest.scaled(Duration::from_millis(1)) > Duration::ZERO);
    }
}
