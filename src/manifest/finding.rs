//! Findings: what is wrong with a manifest, one variant for each mistake a person can make.

use miette::Diagnostic;
use thiserror::Error;

/// One mistake in a manifest, and where it was made.
pub type Finding = crate::model::Finding<Mistake>;

/// All findings of a run, sorted by place.
pub type Findings = crate::model::Findings<Mistake>;

/// Every mistake that a manifest can hold. The code is stable: it may be quoted, searched and suppressed.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum Mistake {
    /// The bytes are not text.
    #[error("this file is not UTF-8 text")]
    #[diagnostic(code(ufsync::manifest::not_utf8), help("Save the file as UTF-8."))]
    NotUtf8,

    /// The file is too large to index.
    #[error("this file has {bytes} bytes; at most {limit} are read")]
    #[diagnostic(
        code(ufsync::manifest::too_large),
        help("Split it into several files of one folder.")
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The largest size that is read.
        limit: usize,
    },

    /// Not YAML.
    #[error("this is not YAML: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::syntax),
        help(
            "Check the indentation, the colons and the quotes at this place and on the line before."
        )
    )]
    Syntax {
        /// What the YAML parser says.
        reason: String,
    },

    /// More than one document in a file.
    #[error("a second YAML document starts here")]
    #[diagnostic(
        code(ufsync::manifest::several_documents),
        help("Keep one document a file: move what follows `---` into a file of its own.")
    )]
    SeveralDocuments,

    /// Nested too deep.
    #[error("values are nested more than {limit} deep here")]
    #[diagnostic(code(ufsync::manifest::too_deep), help("Flatten the data."))]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },

    /// Aliases that grow without end.
    #[error("aliases repeat more than {limit} values in this file")]
    #[diagnostic(
        code(ufsync::manifest::alias_budget),
        help("Write the values out, or use fewer aliases of large anchors.")
    )]
    AliasBudget {
        /// The number of repeated values that is allowed.
        limit: usize,
    },

    /// An alias inside its own anchor.
    #[error("this alias stands inside the anchor that it repeats")]
    #[diagnostic(
        code(ufsync::manifest::recursive_alias),
        help("An anchor can be repeated after it ends, not within.")
    )]
    RecursiveAlias,

    /// A merge key with something that is no map.
    #[error("`<<` merges a map, or a list of maps")]
    #[diagnostic(
        code(ufsync::manifest::bad_merge),
        help(
            "Write `<<: *anchor`, or `<<: [*one, *two]`, where the anchors stand on maps. Quote \"<<\" if it is meant as an ordinary key."
        )
    )]
    BadMerge,

    /// A YAML tag that means nothing here.
    #[error("the tag `{tag}` means nothing here")]
    #[diagnostic(
        code(ufsync::manifest::unknown_tag),
        help("Remove the tag; `!!str` and, in overlays, `!clear` are read.")
    )]
    UnknownTag {
        /// The tag as written.
        tag: String,
    },

    /// A key that is not a plain word.
    #[error("a key has to be text")]
    #[diagnostic(
        code(ufsync::manifest::bad_key),
        help("Put the key in quotes, or check the indentation.")
    )]
    BadKey,

    /// The same key twice in one map.
    #[error("the key `{key}` is written twice")]
    #[diagnostic(code(ufsync::manifest::duplicate_key), help("Keep one of the two."))]
    DuplicateKey {
        /// The key.
        key: String,
    },

    /// A key that the language does not know.
    #[error("{owner} has no key `{key}`")]
    #[diagnostic(code(ufsync::manifest::unknown_key), help("{help}"))]
    UnknownKey {
        /// What the key was written in.
        owner: &'static str,
        /// The key.
        key: String,
        /// The nearest known key, or all of them.
        help: String,
    },

    /// A value of the wrong type.
    #[error("expected {expected}, found {found}")]
    #[diagnostic(code(ufsync::manifest::wrong_type), help("Write {expected} here."))]
    WrongType {
        /// What is due.
        expected: &'static str,
        /// What is written.
        found: &'static str,
    },

    /// A plain scalar that YAML reads as something else than text.
    #[error("expected text, found `{text}`, which YAML reads as {found}")]
    #[diagnostic(
        code(ufsync::manifest::unquoted_text),
        help("Put it in quotes if text is meant: \"{text}\".")
    )]
    UnquotedText {
        /// As written.
        text: String,
        /// What YAML makes of it.
        found: &'static str,
    },

    /// A plain scalar that two versions of YAML read differently.
    #[error("`{text}` is ambiguous: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::ambiguous_value),
        help(
            "Put it in quotes if text is meant; otherwise write true, false, null or a plain decimal number."
        )
    )]
    AmbiguousValue {
        /// As written.
        text: String,
        /// How it can be read.
        reason: &'static str,
    },

    /// Text that is empty where it can't be.
    #[error("{what} can't be empty")]
    #[diagnostic(
        code(ufsync::manifest::empty),
        help("Write {what}, or leave the key out.")
    )]
    Empty {
        /// What is due.
        what: &'static str,
    },

    /// No version anywhere.
    #[error("no file says which version of the language it is written in")]
    #[diagnostic(
        code(ufsync::manifest::missing_version),
        help("Write `version: 1` at the top of one file.")
    )]
    MissingVersion,

    /// A version that this program can't read.
    #[error("version {version} of the manifest language is not known")]
    #[diagnostic(
        code(ufsync::manifest::unknown_version),
        help("This program reads version 1; a newer one may need a newer ufsync.")
    )]
    UnknownVersion {
        /// As written.
        version: u64,
    },

    /// A word that is none of the allowed.
    #[error("`{word}` is not {what}")]
    #[diagnostic(code(ufsync::manifest::unknown_word), help("{help}"))]
    UnknownWord {
        /// What is due.
        what: &'static str,
        /// As written.
        word: String,
        /// The allowed words, the nearest first.
        help: String,
    },

    /// A setting that stands in two files.
    #[error("`{key}` is written in two files")]
    #[diagnostic(
        code(ufsync::manifest::setting_twice),
        help("Keep it in one file of the manifest.")
    )]
    SettingTwice {
        /// The key.
        key: String,
    },

    /// A variable that nobody set.
    #[error("the variable `{name}` is not set")]
    #[diagnostic(code(ufsync::manifest::missing_variable), help("{help}"))]
    MissingVariable {
        /// Its name.
        name: String,
        /// How to set it, or the nearest that is set.
        help: String,
    },

    /// A dollar sign that starts no variable.
    #[error("`{text}` is no variable")]
    #[diagnostic(
        code(ufsync::manifest::bad_variable),
        help(
            "Write ${{NAME}} or ${{NAME:-default}}, where NAME is made of letters, digits and `_`; for a dollar sign before a brace write $$."
        )
    )]
    BadVariable {
        /// As written.
        text: String,
    },

    /// A tenant without a name.
    #[error("tenant `{handle}` has no name")]
    #[diagnostic(
        code(ufsync::manifest::missing_name),
        help(
            "Write `name: …` as the server is to show it; a tenant that is pinned by `tenantId` needs none."
        )
    )]
    MissingName {
        /// The tenant's handle.
        handle: String,
    },

    /// A tenant's name that begins or ends with white space.
    #[error("this name begins or ends with white space")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::outer_space),
        help(
            "A server that trims names would never match it, and each apply would make another tenant. Remove the space, or pin the tenant."
        )
    )]
    OuterSpace,

    /// A handle that breaks the rule for handles.
    #[error("`{handle}` can't be a handle")]
    #[diagnostic(
        code(ufsync::manifest::bad_handle),
        help(
            "A handle is made of a-z, 0-9, `_` and `-`, and starts with a letter or a digit. What people see is `name`."
        )
    )]
    BadHandle {
        /// As written.
        handle: String,
    },

    /// Not an e-mail address.
    #[error("`{email}` is not an e-mail address: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::bad_email),
        help("Write the bare address, as in jane@example.com.")
    )]
    BadEmail {
        /// As written.
        email: String,
        /// What is wrong with it.
        reason: String,
    },

    /// One person, two entries.
    #[error("`{email}` has two entries")]
    #[diagnostic(
        code(ufsync::manifest::duplicate_user),
        help("Upper and lower case are the same in an address. Keep one entry.")
    )]
    DuplicateUser {
        /// As written in the second.
        email: String,
    },

    /// One handle, two entries.
    #[error("tenant `{handle}` has two entries")]
    #[diagnostic(
        code(ufsync::manifest::duplicate_tenant),
        help("Keep one entry, or give the other tenant another handle.")
    )]
    DuplicateTenant {
        /// The handle.
        handle: String,
    },

    /// Two entries pinned to one record, or naming one previous name.
    #[error("two entries have the same `{key}`")]
    #[diagnostic(
        code(ufsync::manifest::same_identity),
        help("One record can be the match of one entry. Correct one of the two.")
    )]
    SameIdentity {
        /// The key that both have.
        key: &'static str,
    },

    /// A pin that no server gives.
    #[error("`{id}` can't be an id")]
    #[diagnostic(
        code(ufsync::manifest::bad_id),
        help(
            "Ids are made of letters, digits, `-` and `_`. Copy it from the dashboard, or from `ufsync export --pin`."
        )
    )]
    BadId {
        /// As written.
        id: String,
    },

    /// Two pins on one entry.
    #[error("this user is pinned twice")]
    #[diagnostic(
        code(ufsync::manifest::two_pins),
        help("Keep `userId` or `userUuid`, not both.")
    )]
    TwoPins,

    /// A tenant handle that no tenant has.
    #[error("there is no tenant `{handle}` in the manifest")]
    #[diagnostic(code(ufsync::manifest::unknown_tenant), help("{help}"))]
    UnknownTenant {
        /// As written.
        handle: String,
        /// The nearest handle, or what to do.
        help: String,
    },

    /// Roles in a tenant that is to be deleted.
    #[error("tenant `{handle}` is absent, so nobody can hold roles in it")]
    #[diagnostic(
        code(ufsync::manifest::absent_tenant),
        help("Remove these roles, or the tenant's `state: absent`.")
    )]
    AbsentTenant {
        /// The handle.
        handle: String,
    },

    /// A role that the vocabulary does not have.
    #[error("role `{role}` is not in the manifest's list of roles")]
    #[diagnostic(code(ufsync::manifest::unknown_role), help("{help}"))]
    UnknownRole {
        /// As written.
        role: String,
        /// The nearest role, or what to do.
        help: String,
    },

    /// A role twice in one list.
    #[error("role `{role}` is written twice in one list")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::repeated_role),
        help("Keep one of the two.")
    )]
    RepeatedRole {
        /// The role.
        role: String,
    },

    /// An absent entry that also says how it should look.
    #[error("an absent {kind} can't have `{key}`")]
    #[diagnostic(
        code(ufsync::manifest::absent_with_fields),
        help("Remove `{key}`, or `state: absent` if the {kind} is to stay.")
    )]
    AbsentWithFields {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The key.
        key: &'static str,
    },

    /// An absent tenant that nothing identifies.
    #[error("nothing says which tenant is to be deleted")]
    #[diagnostic(
        code(ufsync::manifest::absent_unidentified),
        help(
            "Write its exact `name`, or its `tenantId`. A handle is local to the manifest and deletes nothing."
        )
    )]
    AbsentUnidentified,

    /// A duration that the server would refuse.
    #[error("`{text}` is not a duration that an invitation can have")]
    #[diagnostic(
        code(ufsync::manifest::bad_duration),
        help(
            "Write a number and seconds, minutes, hours, days or weeks, from \"10 seconds\" to \"1 week\"."
        )
    )]
    BadDuration {
        /// As written.
        text: String,
    },
}
