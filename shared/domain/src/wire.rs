//! Enumerations whose words are the contract's.

macro_rules! wire_enum {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[expect(missing_docs, reason = "the contract's own words")]
        pub enum $name {$(#[serde(rename = $text)] $variant,)*}

        impl $name {
            /// Every value, in the contract's order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The wire word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {$(Self::$variant => $text,)*}
            }

            /// The wire words as a message lists them: "A, B or C".
            #[must_use]
            pub fn words() -> String {
                crate::error::alternatives(Self::ALL.iter().map(|value| value.as_str()))
            }

            /// Reads the wire word.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                match word {$($text => Some(Self::$variant),)* _ => None}
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use wire_enum;
