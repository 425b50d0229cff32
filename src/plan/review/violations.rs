//! How rules are broken, in words. In: the breaches of each user, and the numbers of holders. Out: [`Violations`], at most a few
//! sentences for each rule in each kind of scope, however many tenants there are.

use std::collections::BTreeMap;

use crate::model::{Email, Handle, RoleName, RoleSet, Rule, RuleSays, Scope, TenantId};
use crate::plan::Target;
use crate::plan::review::breaches::{Breach, Counts, Tree};

/// So many violations of a rule in one kind of scope are a sentence each; more of them become one sentence.
const MOST: usize = 5;
/// So many are named in that one.
const NAMED: usize = 3;

/// What is to be said of a violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Standing {
    New,
    /// It is live before the plan.
    Old,
    /// The rule excepts the user.
    Excepted,
}

/// One way in which a rule is broken.
#[derive(Clone, Debug)]
pub(crate) struct Violation<T> {
    /// The index of the rule.
    pub(crate) rule: usize,
    pub(crate) scope: Scope<T>,
    /// The user who breaks it; none where it is about numbers, or where the user has no address.
    pub(crate) email: Option<Email>,
    pub(crate) standing: Standing,
    how: How,
}

#[derive(Clone, Debug)]
enum How {
    /// A user holds these roles.
    Holds(RoleSet),
    /// So many hold a role, which is less than the number behind it.
    TooFew(u64, u64),
    /// So many hold a role, which is more than the number behind it.
    TooMany(u64, u64),
}

/// Violations of one rule in one kind of scope, with one standing.
struct Group<T> {
    count: usize,
    first: Vec<Violation<T>>,
}

/// All violations: by rule, whether it is in tenants, and standing.
pub(crate) struct Violations<T>(BTreeMap<(usize, bool, Standing), Group<T>>);

impl<T> Default for Violations<T> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<T: Ord + Clone + Named> Violations<T> {
    /// Adds what one user breaks.
    pub(crate) fn add_user(
        &mut self,
        email: Option<&Email>,
        breaches: impl IntoIterator<Item = (Breach<T>, Standing)>,
    ) {
        let mut held: BTreeMap<(usize, Scope<T>, Standing), RoleSet> = BTreeMap::new();
        for (breach, standing) in breaches {
            let key = (breach.rule, breach.scope, standing);
            held.entry(key).or_default().extend(breach.roles);
        }
        for ((rule, scope, standing), roles) in held {
            self.add(Violation {
                rule,
                scope,
                email: email.cloned(),
                standing,
                how: How::Holds(roles),
            });
        }
    }

    /// Adds the roles that too few or too many users hold. Those are old that were broken on the same side at least as far before.
    pub(crate) fn add_counts(
        &mut self,
        rules: &[Rule],
        tree: &Tree<T>,
        was: &Counts<T>,
        then: &Counts<T>,
    ) {
        for (index, rule) in rules.iter().enumerate() {
            let RuleSays::Holders {
                at_least, at_most, ..
            } = &rule.says
            else {
                continue;
            };
            for scope in tree.scopes(rule) {
                let is_new = scope.tenant().is_some_and(Named::is_new);
                let mut add = |is_old: bool, how: How| {
                    self.add(Violation {
                        rule: index,
                        scope: scope.clone(),
                        email: None,
                        standing: if is_old { Standing::Old } else { Standing::New },
                        how,
                    });
                };
                let (few, before) = (then.itself(index, &scope), was.itself(index, &scope));
                if let Some(least) = at_least.filter(|least| few < *least) {
                    add(before <= few && !is_new, How::TooFew(few, least));
                }
                let many = then.with_above(index, &scope);
                let before = was.with_above(index, &scope);
                if let Some(most) = at_most.filter(|most| many > *most) {
                    add(before >= many, How::TooMany(many, most));
                }
            }
        }
    }

    fn add(&mut self, violation: Violation<T>) {
        let in_tenants = violation.scope.tenant().is_some();
        let key = (violation.rule, in_tenants, violation.standing);
        let group = self.0.entry(key).or_insert_with(|| Group {
            count: 0,
            first: Vec::new(),
        });
        group.count += 1;
        if group.first.len() < MOST {
            group.first.push(violation);
        }
    }

    /// A sentence for each, or for many of one kind together, behind the first of them.
    pub(crate) fn sentences(self, rules: &[Rule], tree: &Tree<T>) -> Vec<(Violation<T>, String)> {
        let mut all = Vec::new();
        for group in self.0.into_values() {
            let Group { count, mut first } = group;
            let place =
                |it: &Violation<T>| (it.rule, it.scope.clone(), it.email.clone(), it.standing);
            first.sort_by_key(place);
            let text = |it: &Violation<T>| it.text(rules, tree);
            if count <= MOST {
                all.extend(first.into_iter().map(|it| {
                    let text = text(&it);
                    (it, text)
                }));
            } else {
                let named: Vec<String> = first.iter().take(NAMED).map(text).collect();
                let text = format!("{}; and {} more", named.join("; "), count - NAMED);
                all.extend(first.into_iter().next().map(|it| (it, text)));
            }
        }
        all.sort_by(|(a, one), (b, other)| {
            (a.rule, &a.scope, &a.email, one).cmp(&(b.rule, &b.scope, &b.email, other))
        });
        all
    }
}

impl<T: Ord + Clone + Named> Violation<T> {
    fn text(&self, rules: &[Rule], tree: &Tree<T>) -> String {
        let place = scope_name(&self.scope, tree);
        let Some(rule) = rules.get(self.rule) else {
            return place;
        };
        let role = rule.roles().first().map(RoleName::as_str);
        let role = role.unwrap_or_default();
        match &self.how {
            How::TooFew(count, least) => {
                let users = users(*count);
                format!("{place} has {users} with \"{role}\"; at least {least} is required")
            }
            How::TooMany(count, most) => {
                let users = users(*count);
                format!("{place} has {users} with \"{role}\"; at most {most} is allowed")
            }
            How::Holds(roles) => {
                let user = self.email.as_ref();
                let user = user.map_or_else(
                    || "a user without an address".to_owned(),
                    ToString::to_string,
                );
                let roles: Vec<&str> = roles.iter().map(RoleName::as_str).collect();
                let roles = roles.join("\" and \"");
                match &rule.says {
                    _ if self.standing == Standing::Excepted => {
                        format!("{user} holds \"{roles}\" in {place}, as an exception to a rule")
                    }
                    RuleSays::OnlyUsers { written, .. } => {
                        let written = written.join(", ");
                        format!("{user} holds \"{roles}\" in {place}, and only {written} may")
                    }
                    RuleSays::NotTogether(_) | RuleSays::Holders { .. } => {
                        format!("{user} holds \"{roles}\" together in {place}")
                    }
                }
            }
        }
    }
}

fn users(count: u64) -> String {
    match count {
        1 => "1 user".to_owned(),
        count => format!("{count} users"),
    }
}

/// What messages call a tenant without a handle.
pub(crate) trait Named {
    fn name(&self) -> String;

    /// Whether the plan creates it: then nothing was broken in it before.
    fn is_new(&self) -> bool {
        false
    }
}

impl Named for Handle {
    fn name(&self) -> String {
        self.to_string()
    }
}

impl Named for Target<TenantId> {
    fn is_new(&self) -> bool {
        self.created_by().is_some()
    }

    fn name(&self) -> String {
        self.existing()
            .map_or_else(|| "that is created".to_owned(), ToString::to_string)
    }
}

fn scope_name<T: Ord + Clone + Named>(scope: &Scope<T>, tree: &Tree<T>) -> String {
    match scope {
        Scope::Workspace => "the workspace".to_owned(),
        Scope::Tenant(tenant) => match tree.handle(tenant) {
            Some(handle) => format!("tenant {handle}"),
            None => format!("tenant {}", tenant.name()),
        },
    }
}
