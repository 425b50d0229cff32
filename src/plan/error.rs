//! What keeps a manifest from being planned against this live state.

use miette::Diagnostic;
use thiserror::Error;

/// An error that only the live state shows.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum PlanError {
    /// A rule that the manifest breaks by itself.
    #[error("a rule is broken: {reason}")]
    #[diagnostic(
        code(ufsync::plan::broken_rule),
        help("Take the role from whoever breaks it, or change the rule.")
    )]
    BrokenRule {
        /// Who, and how.
        reason: String,
    },

    /// A list that takes more than its file may give.
    #[error("the file {file} may not take \"{role}\" in {scope}: it may not grant it")]
    #[diagnostic(
        code(ufsync::plan::restricted_removal),
        help(
            "The other roles there stay too. Write `{{ atLeast: […] }}` in {file}, or let a file take the role that may grant it."
        )
    )]
    RestrictedRemoval {
        /// From the folder of the restrictions.
        file: String,
        /// The role.
        role: String,
        /// The tenant, or the workspace.
        scope: String,
    },

    /// A change of who can log in as a user whose roles are not all the file's.
    #[error("the file {file} may not change `{what}` of {user}, who has \"{role}\" in {scope}")]
    #[diagnostic(
        code(ufsync::plan::restricted_identity),
        help(
            "It may not grant that role, and so not decide who has it. Write this in a file that `restrictions` give all rights."
        )
    )]
    RestrictedIdentity {
        /// From the folder of the restrictions.
        file: String,
        /// The key.
        what: &'static str,
        /// The address.
        user: String,
        /// The role.
        role: String,
        /// The tenant, or the workspace.
        scope: String,
    },

    /// A pin without a record.
    #[error("there is no {kind} with {key} {id} in this workspace")]
    #[diagnostic(
        code(ufsync::plan::pin_not_found),
        help(
            "Check that the id belongs to this workspace and mode. If the {kind} was deleted, remove the pin: it is then created again."
        )
    )]
    PinNotFound {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
    },

    /// A pin on the workspace itself.
    #[error("`{id}` is the workspace itself, not one of its tenants")]
    #[diagnostic(
        code(ufsync::plan::pin_is_workspace),
        help("Write a tenant's own id. The workspace can't be managed as a tenant.")
    )]
    PinIsWorkspace {
        /// The id.
        id: String,
    },

    /// Several records fit.
    #[error("{count} {kind}s are called `{name}`")]
    #[diagnostic(
        code(ufsync::plan::ambiguous),
        help("Pin the entry to the one that is meant: {candidates}.")
    )]
    Ambiguous {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The name or address.
        name: String,
        /// How many fit.
        count: usize,
        /// The pins to choose from, as they are written.
        candidates: String,
    },

    /// Two entries fit one record.
    #[error("two entries match the same {kind}, {id}")]
    #[diagnostic(
        code(ufsync::plan::same_record),
        help("Keep one of the entries, or pin each to its own record.")
    )]
    SameRecord {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The server's id.
        id: String,
    },

    /// A new address that somebody else has.
    #[error("`{email}` belongs to another user, {id}")]
    #[diagnostic(
        code(ufsync::plan::email_taken),
        help(
            "An address can be held once in a workspace. Remove the pin if that user is meant, or give this one another address."
        )
    )]
    EmailTaken {
        /// The address.
        email: String,
        /// The other's id.
        id: String,
    },

    /// A pattern that may match users of any domain.
    #[error("`{pattern}` names no domain and may match any user")]
    #[diagnostic(
        code(ufsync::plan::prune_all),
        help(
            "Narrow it, as in *@acme.example. If all users that it matches and the manifest does not mention are meant, pass --allow-prune-all."
        )
    )]
    PruneAll {
        /// The pattern.
        pattern: String,
    },

    /// Tenants of one user each would be deleted because no entry mentions them.
    #[error("`prune.tenants` would delete {count}, as sign-up makes them: {names}")]
    #[diagnostic(
        code(ufsync::plan::prune_personal),
        help(
            "If these are to go, pass --allow-prune-all. Else write entries for the tenants that stay, or remove `prune.tenants`."
        )
    )]
    PrunePersonal {
        /// How many, in words.
        count: String,
        /// Their names.
        names: String,
    },

    /// Somebody who holds roles by a group or a tenant's members alone, and is not there.
    #[error("there is no user `{email}`")]
    #[diagnostic(
        code(ufsync::plan::unknown_member),
        help(
            "Only `members` or a group names them, which gives roles to people who exist. Add them under `users` to create them."
        )
    )]
    UnknownMember {
        /// The address.
        email: String,
    },

    /// A pin on a record that is to be deleted, and that belongs to somebody else.
    #[error("{key} {id} is {found}, not `{written}`")]
    #[diagnostic(
        code(ufsync::plan::wrong_pin),
        help(
            "Nothing is deleted on an id alone: correct the pin, or the entry, so that both name one record."
        )
    )]
    WrongPin {
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
        /// What the record is called.
        found: String,
        /// What the entry calls it.
        written: String,
    },

    /// A pin that finds nothing, while the address finds somebody.
    #[error("there is no user with {key} {id}, but `{email}` exists, as {found}")]
    #[diagnostic(
        code(ufsync::plan::stale_pin),
        help("The user was probably deleted and created again. Correct the pin, or remove it.")
    )]
    StalePin {
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
        /// The address.
        email: String,
        /// The id of the user who has it.
        found: String,
    },

    /// A number that leads to a user with another address.
    #[error("userId {id} is {found}, not `{email}`")]
    #[diagnostic(
        code(ufsync::plan::reused_number),
        help(
            "A number is given again after a deletion, so this may be another person. If it is the same one, write their previous address as `renamedFrom`, or `userUuid: {uuid}` in place of the number."
        )
    )]
    ReusedNumber {
        /// The number.
        id: String,
        /// Who has it.
        found: String,
        /// The address of the entry.
        email: String,
        /// Their uuid.
        uuid: String,
    },

    /// Tenants that can't be seen.
    #[error("tenant `{name}` may exist unseen: the server hides {hidden} of its tenants")]
    #[diagnostic(
        code(ufsync::plan::hidden_tenants),
        help(
            "This server does not list all its tenants. Pin the entry with `tenantId`; one that is to be created has to be created by hand first."
        )
    )]
    HiddenTenants {
        /// The tenant's name.
        name: String,
        /// How many are not shown.
        hidden: String,
    },

    /// A record that is there and whose meaning is not known.
    #[error("the record of this {kind} can't be read: {record}")]
    #[diagnostic(
        code(ufsync::plan::unreadable_record),
        help(
            "It is left as it is. Look at it in the Userfront dashboard, or with `ufsync api`; `--exclude` leaves it out."
        )
    )]
    UnreadableRecord {
        /// `user` or `tenant`.
        kind: &'static str,
        /// Which, and what is wrong with it.
        record: String,
    },

    /// An entry that matches nothing, while a record does not say what it is called.
    #[error("{kind} `{name}` may exist: a record can't be read: {record}")]
    #[diagnostic(
        code(ufsync::plan::may_be_unreadable),
        help(
            "Put the record right in the Userfront dashboard, or pin the entry to the record that it stands for."
        )
    )]
    MayBeUnreadable {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The name or address.
        name: String,
        /// Which record, and what is wrong with it.
        record: String,
    },

    /// A tenant that may exist under another form of its name.
    #[error(
        "there is no tenant `{name}`, but a tenant `{found}`, whose name differs in its form only"
    )]
    #[diagnostic(
        code(ufsync::plan::name_spelling),
        help(
            "Write `name: {found}`, or pin the entry with `tenantId: {id}` to give that tenant this name. A second tenant is never made."
        )
    )]
    NameSpelling {
        /// The name of the manifest.
        name: String,
        /// The name of the server.
        found: String,
        /// The tenant's id.
        id: String,
    },

    /// Entries that have each other's previous names.
    #[error(
        "{kind} `{name}` is in a circle of `renamedFrom`: whether the names were swapped already can't be seen"
    )]
    #[diagnostic(
        code(ufsync::plan::swapped_by_name),
        help("Pin each entry of the circle with its `{key}`, and remove `renamedFrom`.")
    )]
    SwappedByName {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The key of a pin.
        key: &'static str,
        /// The name or address.
        name: String,
    },

    /// A user name that somebody else has.
    #[error("the username `{username}` belongs to {holder}")]
    #[diagnostic(code(ufsync::plan::username_taken), help("{help}"))]
    UsernameTaken {
        /// The user name.
        username: String,
        /// The address of the user who has it.
        holder: String,
        /// What to do.
        help: String,
    },

    /// Values that each user of a circle holds and another is to get.
    #[error(
        "{field} `{value}` is passed on in a circle: nobody can get it before somebody gives up theirs"
    )]
    #[diagnostic(
        code(ufsync::plan::circle),
        help(
            "Pass --allow-temporary-address: then one of the users has another {field} for a moment. Or write another {field} for one of them, apply, and then write what each is to have."
        )
    )]
    Circle {
        /// `e-mail` or `username`.
        field: &'static str,
        /// The value that this user is to get.
        value: String,
    },

    /// Steps that need each other.
    #[error("these steps wait for each other: {steps}")]
    #[diagnostic(
        code(ufsync::plan::wait_in_circle),
        help(
            "Each has to come first: a role must keep its holders, and a rule must hold at every moment. Give the role to a third user for one run."
        )
    )]
    WaitInCircle {
        /// Their addresses.
        steps: String,
    },

    /// A step that breaks a guard or a rule, where the others are carried out.
    #[error("held back: {reason}")]
    #[diagnostic(
        code(ufsync::plan::held_back),
        help(
            "Run `ufsync plan` and `ufsync apply`, which show the whole plan and the code that accepts it."
        )
    )]
    HeldBack {
        /// What the step would break.
        reason: String,
    },

    /// Something that is in, or part of, what can't be planned.
    #[error("it needs {needed}, which is blocked")]
    #[diagnostic(code(ufsync::plan::needs_blocked), help("Put that right first."))]
    NeedsBlocked {
        /// What is blocked.
        needed: String,
    },

    /// A removal of what may belong to something that can't be planned.
    #[error("it may concern {needed}, which is blocked")]
    #[diagnostic(
        code(ufsync::plan::may_concern_blocked),
        help("Put that right first: nothing is removed on a guess.")
    )]
    MayConcernBlocked {
        /// What is blocked.
        needed: String,
    },

    /// A revocation that waits for a grant that can't be made.
    #[error("`{role}` is taken away only after {needed} has got it, which is blocked")]
    #[diagnostic(
        code(ufsync::plan::awaits_blocked),
        help(
            "Put that right first, or leave it out with `--exclude` and decide who keeps the role."
        )
    )]
    AwaitsBlocked {
        /// What is blocked.
        needed: String,
        /// The role.
        role: String,
    },

    /// A tenant that is not where its entry says.
    #[error("tenant {id} is below {found}, not below {written}")]
    #[diagnostic(
        code(ufsync::plan::other_parent),
        help("No call moves a tenant: correct the entry's `parent`.")
    )]
    OtherParent {
        /// The id.
        id: String,
        /// What it is below.
        found: String,
        /// What the entry says.
        written: String,
    },

    /// A name that only a tenant below another one has.
    #[error("the tenant called `{name}` ({id}) is below {parent}")]
    #[diagnostic(
        code(ufsync::plan::deeper_tenant),
        help(
            "If it is meant, write `{line}`. A second tenant of the name is never made on a guess; if one is wanted, create it first."
        )
    )]
    DeeperTenant {
        /// The name.
        name: String,
        /// Its id.
        id: String,
        /// What it is below.
        parent: String,
        /// The line to write.
        line: String,
    },

    /// A tenant below one that is not there and is not created.
    #[error("it is below `{parent}`, which is blocked")]
    #[diagnostic(
        code(ufsync::plan::parent_blocked),
        help("Put that right first: a tenant is made below another one.")
    )]
    ParentBlocked {
        /// The handle.
        parent: String,
    },

    /// A tenant whose deletion would delete others with it.
    #[error("{count} below it would go too: {names}")]
    #[diagnostic(
        code(ufsync::plan::has_descendants),
        help("Write `state: absent` for each of them too, or keep this tenant.")
    )]
    HasDescendants {
        /// How many, in words.
        count: String,
        /// Their names and ids.
        names: String,
    },
}
