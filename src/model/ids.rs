//! Identifiers as types of their own, so that a role name can't be passed where a tenant id is due.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::model::canonical;

/// Declares a newtype over shared text: cheap to clone, ordered, printed as it is.
macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps the text as it is.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The text as it was given.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    )*};
}

text_id! {
    /// The server's identifier of a tenant, or of the workspace itself: eight characters.
    TenantId;
    /// What identifies a user: the server's UUID, which is never given again. A server whose records have none identifies
    /// its users by their number, which then stands here.
    UserUuid;
    /// A tenant's name inside the manifest: `[a-z0-9][a-z0-9_-]*`.
    Handle;
    /// The name of a role, as the server spells it.
    RoleName;
}

impl UserUuid {
    /// The number that stands in for the uuid of a record without one.
    pub fn stand_in(&self) -> Option<UserId> {
        self.0.parse().ok().map(UserId)
    }

    /// Whether another spelling is the same uuid: case does not matter.
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl RoleName {
    /// The role that may do everything: of which a workspace keeps a holder, and whose grants stand out.
    pub const ADMIN: &str = "admin";
    /// The roles that are sensitive unless a manifest says otherwise: in the workspace, a person's own token opens the calls of
    /// an admin key with the first, and those of a readonly key with the second (reference, "Base, keys, modes").
    pub const SENSITIVE: [&str; 2] = [Self::ADMIN, "member"];
}

impl TenantId {
    /// Whether a text can be the id of a workspace. It is a part of its keys, whose parts are told apart by `_`.
    pub fn is_workspace(text: &str) -> bool {
        Self::is_plain(text) && !text.contains('_')
    }

    /// Reads the id of a workspace from a document. It stands outside of any quotes where the document is shown.
    ///
    /// # Errors
    /// Where it is no id.
    pub fn of_document<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = Self::deserialize(deserializer)?;
        if Self::is_plain(id.as_str()) {
            return Ok(id);
        }
        Err(D::Error::custom("its workspace is not an id"))
    }

    /// Whether a text is made of what the server's ids are made of: letters, digits, `-` and `_`. Only such an id may
    /// stand in the path of a call.
    pub fn is_plain(text: &str) -> bool {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    }
}

/// The server's number for a user. It may pass on to another user after a deletion, so that it identifies nobody.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct UserId(pub u64);

impl From<UserId> for UserUuid {
    /// What identifies a user whose record has no UUID.
    fn from(id: UserId) -> Self {
        Self::new(id.to_string())
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// An e-mail address. It keeps its spelling; two that have one canonical form are equal, because the server holds an address
/// once in a workspace. The form folds case in ASCII, has the domain as IDNA does, and the part before it in NFC.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Arc<str>", into = "Arc<str>")]
pub struct Email {
    text: Arc<str>,
    /// The canonical form, where it differs in more than ASCII case: kept, since it is dear to make.
    other_form: Option<Arc<Box<str>>>,
}

impl Email {
    /// Wraps an address as it was written.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let other_form = (!text.is_ascii())
            .then(|| canonical::address(&text).into_owned())
            .filter(|form| **form != *text)
            .map(|form| Arc::new(form.into_boxed_str()));
        Self { text, other_form }
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address as it is compared.
    pub fn canonical(&self) -> Cow<'_, str> {
        canonical::address(&self.text)
    }

    /// The forms in which a server may store the address, and does not find it by another: as it was written, and with its
    /// domain in ASCII and in Unicode. Most addresses have one.
    pub fn forms(&self) -> BTreeSet<String> {
        let mut forms = BTreeSet::from([self.as_str().to_owned()]);
        forms.extend(self.other_forms());
        forms
    }

    /// The forms, and the one in small letters: a server may store that, and search case-sensitively.
    pub(crate) fn spellings(&self) -> BTreeSet<String> {
        let mut spellings = self.forms();
        spellings.insert(self.text.to_ascii_lowercase());
        spellings
    }

    /// The forms that may differ from the one in which it was written: with its domain in ASCII and in Unicode.
    pub(crate) fn other_forms(&self) -> Vec<String> {
        let is_plain = |byte: &u8| byte.is_ascii() && !matches!(byte, b'x' | b'X');
        if self.text.bytes().all(|byte| is_plain(&byte)) {
            return Vec::new();
        }
        if !self.text.is_ascii() || self.text.to_ascii_lowercase().contains("xn--") {
            return canonical::forms(&self.text);
        }
        Vec::new()
    }

    /// The canonical form, but for the case of ASCII letters.
    fn form(&self) -> &str {
        self.other_form.as_deref().map_or(&self.text, |form| form)
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.form().bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<Arc<str>> for Email {
    fn from(text: Arc<str>) -> Self {
        Self::new(text)
    }
}

impl From<Email> for Arc<str> {
    fn from(email: Email) -> Self {
        email.text
    }
}

impl JsonSchema for Email {
    fn schema_name() -> Cow<'static, str> {
        String::schema_name()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        String::json_schema(generator)
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.form().eq_ignore_ascii_case(other.form())
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl Hash for Email {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // In pieces rather than byte by byte, which hashers are slow at. Equal addresses have equal pieces.
        let mut piece = [0; 64];
        for bytes in self.form().as_bytes().chunks(piece.len()) {
            if let Some(folded) = piece.get_mut(..bytes.len()) {
                folded.copy_from_slice(bytes);
                folded.make_ascii_lowercase();
                state.write(folded);
            }
        }
        state.write_u8(0xff);
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Which of a workspace's two separate sets of data is meant. The API key alone decides it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Mode {
    /// Data for trying things out: no e-mail is sent.
    Test,
    /// The data of real people.
    Live,
}

impl Mode {
    /// The word that keys and manifests use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
