//! Findings: what is wrong with a manifest, one variant for each mistake a person can make.

use miette::Diagnostic;
use thiserror::Error;

use crate::manifest::findings::group_mistake::GroupMistake;
use crate::manifest::findings::guard_mistake::GuardMistake;
use crate::manifest::findings::role_mistake::RoleMistake;
use crate::manifest::findings::rule_mistake::RuleMistake;
use crate::manifest::findings::tenant_mistake::TenantMistake;
use crate::manifest::findings::variable_mistake::VariableMistake;
use crate::manifest::findings::yaml_mistake::YamlMistake;

/// One mistake in a manifest, and where it was made.
pub type Finding = crate::model::Finding<ManifestError>;

/// All findings of a run, sorted by place.
pub type Findings = crate::model::Findings<ManifestError>;

/// Every mistake that a manifest can hold. The code is stable: it may be quoted, searched and suppressed.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum ManifestError {
    /// The text is not the YAML that manifests are written in.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Yaml(#[from] YamlMistake),

    /// A guard that can't be what it is meant to be.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Guard(#[from] GuardMistake),

    /// A variable that can't be replaced.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Variable(#[from] VariableMistake),

    /// A group, or a list of groups, is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Group(#[from] GroupMistake),

    /// A rule, or what a file may say, is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rule(#[from] RuleMistake),

    /// A role, or a list of roles, is wrong.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Role(#[from] RoleMistake),

    /// A tenant stands where it can't.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Tenant(#[from] TenantMistake),

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
    #[diagnostic(code(ufsync::manifest::wrong_type), help("{help}"))]
    WrongType {
        /// What was expected.
        expected: &'static str,
        /// What is written.
        found: &'static str,
        /// What to write.
        help: String,
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

    /// A key of the API.
    #[error("this looks like a key of the API")]
    #[diagnostic(
        code(ufsync::manifest::api_key),
        help("Take it out. If others have seen it, make a new one in the Userfront dashboard.")
    )]
    ApiKey,

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

    /// A key of an overlay with nothing behind it.
    #[error("nothing is written behind `{key}`")]
    #[diagnostic(
        code(ufsync::manifest::nothing_in_overlay),
        help(
            "In an overlay, write `null` to take the key out of the manifest, `!clear` to clear it on the server, `{{}}` or `[]` for an empty map or list; or remove the line."
        )
    )]
    NothingInOverlay {
        /// The key.
        key: String,
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
        help(
            "Upper and lower case are the same in an address, and so are the two forms of a domain such as bücher.example. Keep one entry."
        )
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

    /// One group, two entries.
    #[error("group `{group}` has two entries")]
    #[diagnostic(
        code(ufsync::manifest::duplicate_group),
        help("Keep one entry, or give the other group another name.")
    )]
    DuplicateGroup {
        /// The group.
        group: String,
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

    /// Roles for somebody who is to be deleted.
    #[error("`{email}` is absent, so they can hold no roles")]
    #[diagnostic(
        code(ufsync::manifest::absent_member),
        help("Remove them here, or remove `state: absent` from their entry.")
    )]
    AbsentMember {
        /// The person.
        email: String,
    },

    /// Pruning users without saying which.
    #[error("`prune.users` does not say which users")]
    #[diagnostic(
        code(ufsync::manifest::prune_without_pattern),
        help("Write `email:` with at least one pattern, as in [\"*@acme.example\"].")
    )]
    PruneWithoutPattern,

    /// A pattern that can't be read.
    #[error("`{pattern}` is not a pattern: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::bad_pattern),
        help("`*` and `?` stand for any characters, as in *@acme.example.")
    )]
    BadPattern {
        /// As written.
        pattern: String,
        /// What is wrong with it.
        reason: String,
    },

    /// A telephone number in another form.
    #[error("`{number}` is not a telephone number in the form of E.164")]
    #[diagnostic(
        code(ufsync::manifest::bad_phone_number),
        help("Write `+`, the country's code and the number, only digits: \"+15550100\".")
    )]
    BadPhoneNumber {
        /// As written.
        number: String,
    },

    /// Every tenant, where it can't be said.
    #[error("`*` does not mean every tenant here")]
    #[diagnostic(code(ufsync::manifest::wildcard), help("{help}"))]
    Wildcard {
        /// What to write.
        help: &'static str,
    },

    /// Nothing says for which data the manifest is.
    #[error("no file says for which workspace and mode this manifest is")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::no_workspace),
        help(
            "Any key fits it. Write `workspace: …` and `mode: test` or `mode: live` at the top of one file, so that it is never applied to another."
        )
    )]
    NoWorkspace,

    /// A membership that a person's own entry hides.
    #[error("the entry of `{email}` lists tenants, and not `{handle}`")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::hidden_membership),
        help(
            "Whoever reads the entry would think that they hold nothing there. Write this membership under the user too, instead of here."
        )
    )]
    HiddenMembership {
        /// The person.
        email: String,
        /// The tenant's handle.
        handle: String,
    },

    /// An address that looks like another.
    #[error("`{email}` looks like `{other}`")]
    #[diagnostic(severity(Warning), code(ufsync::manifest::look_alike), help("{help}"))]
    LookAlike {
        /// The address.
        email: String,
        /// The one that it looks like.
        other: String,
        /// In what they differ, and what to do.
        help: &'static str,
    },

    /// A domain that looks like a misspelling.
    #[error("nobody else is at `{domain}`")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::unusual_domain),
        help("Did you mean `{usual}`, where others are?")
    )]
    UnusualDomain {
        /// As written.
        domain: String,
        /// The domain that others have.
        usual: String,
    },

    /// An invitation that does not say what is sent.
    #[error("the invitation does not say what is sent")]
    #[diagnostic(
        code(ufsync::manifest::missing_invite_type),
        help("Add `type: welcome` or `type: reset`.")
    )]
    MissingInviteType,

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
