//! The guide: a page for each topic. `ufsync help TOPIC` prints them.

/// A page of the guide.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The word for it.
    pub topic: &'static str,
    /// Its text, as Markdown.
    pub text: &'static str,
}

impl Page {
    /// Its title.
    pub fn title(&self) -> &'static str {
        let first = self.text.lines().next().unwrap_or_default();
        first.trim_start_matches("# ")
    }
}

macro_rules! pages {
    ($($topic:ident)*) => {
        $(
            #[doc = include_str!(concat!(stringify!($topic), ".md"))]
            pub mod $topic {}
        )*

        /// All pages, in the order in which they are read.
        pub const PAGES: &[Page] = &[$(Page {
            topic: stringify!($topic),
            text: include_str!(concat!(stringify!($topic), ".md")),
        }),*];
    };
}

pages! {
    start
    manifest
    identity
    environments
    plans
    guards
    applying
    pull
    access
    ci
    commands
    emulator
    performance
    troubleshooting
    safety
    sureness
    compare
    contributing
}
