//! What must hold for all access.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{AddressPatterns, Email, Handle, Origin, Place, RoleName, Scope};

/// A rule for all access.
#[derive(Clone, Debug)]
pub struct Rule {
    pub origin: Origin,
    /// Where it holds.
    pub scope: RuleScope,
    pub says: RuleSays,
    /// The users to whom it does not apply.
    pub except: Except,
}

/// Users to whom a rule does not apply.
#[derive(Clone, Debug, Default)]
pub struct Except {
    /// None where there is no exception.
    patterns: Option<AddressPatterns>,
    /// As they are written.
    pub written: Vec<Arc<str>>,
}

impl Except {
    /// Reads patterns; none where one can't be used.
    pub fn new(written: Vec<Arc<str>>) -> Option<Self> {
        if written.is_empty() {
            return Some(Self::default());
        }
        let patterns = AddressPatterns::new(written.iter().map(|pattern| &**pattern)).ok()?;
        Some(Self {
            patterns: Some(patterns),
            written,
        })
    }

    pub fn is_match(&self, email: &Email) -> bool {
        let patterns = self.patterns.as_ref();
        patterns.is_some_and(|patterns| patterns.is_match(email))
    }
}

/// Where a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleScope {
    /// In the workspace and in every tenant of the manifest, in each by itself.
    Each,
    Workspace,
    /// In every tenant of the manifest.
    Tenants,
    Tenant(Handle),
}

#[derive(Clone, Debug)]
pub enum RuleSays {
    /// Who may hold a role.
    OnlyUsers {
        role: RoleName,
        /// The addresses.
        patterns: AddressPatterns,
        /// As they are written.
        written: Vec<Arc<str>>,
    },
    /// Roles of which a user may hold one at most.
    NotTogether(Vec<RoleName>),
    /// How many may hold a role.
    Holders {
        role: RoleName,
        /// So many at least.
        at_least: Option<u64>,
        /// So many at most.
        at_most: Option<u64>,
    },
}

impl Rule {
    pub fn roles(&self) -> &[RoleName] {
        match &self.says {
            RuleSays::OnlyUsers { role, .. } | RuleSays::Holders { role, .. } => {
                std::slice::from_ref(role)
            }
            RuleSays::NotTogether(roles) => roles,
        }
    }

    /// Whether it can hold in a scope of this kind.
    pub fn is_about<T>(&self, scope: &Scope<T>) -> bool {
        match scope {
            Scope::Workspace => matches!(self.scope, RuleScope::Each | RuleScope::Workspace),
            Scope::Tenant(_) => self.scope != RuleScope::Workspace,
        }
    }
}

impl RuleScope {
    /// Reads a scope as a manifest writes it; none where there is no such scope.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "workspace" => Some(Self::Workspace),
            "tenants" => Some(Self::Tenants),
            other => Some(Self::Tenant(Handle::new(other.strip_prefix("tenants/")?))),
        }
    }

    fn written(&self) -> Option<String> {
        match self {
            Self::Each => None,
            Self::Workspace => Some("workspace".to_owned()),
            Self::Tenants => Some("tenants".to_owned()),
            Self::Tenant(handle) => Some(format!("tenants/{handle}")),
        }
    }
}

/// A rule as a manifest writes it and as a plan keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SavedRule {
    /// `workspace`, `tenants` or `tenants/HANDLE`; without it the rule holds in each scope.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The role that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<RoleName>,
    /// Patterns for the addresses of users who may hold the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<String>>")]
    pub only_users: Option<Vec<Arc<str>>>,
    /// Roles that no user may hold together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_together: Option<Vec<RoleName>>,
    /// Patterns for the addresses of users to whom the rule does not apply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub except: Vec<Arc<str>>,
    /// How many users must hold the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How many users may hold the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    /// Where the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

impl SavedRule {
    /// Saves a rule that is written at a place.
    pub fn new(rule: &Rule, place: Option<Place>) -> Self {
        let saved = Self {
            scope: rule.scope.written(),
            except: rule.except.written.clone(),
            place,
            ..Self::default()
        };
        match &rule.says {
            RuleSays::OnlyUsers { role, written, .. } => Self {
                role: Some(role.clone()),
                only_users: Some(written.clone()),
                ..saved
            },
            RuleSays::NotTogether(roles) => Self {
                not_together: Some(roles.clone()),
                ..saved
            },
            RuleSays::Holders {
                role,
                at_least,
                at_most,
            } => Self {
                role: Some(role.clone()),
                at_least: *at_least,
                at_most: *at_most,
                ..saved
            },
        }
    }

    /// The rule, which is written in no manifest; none where it is not one that a manifest can have.
    pub fn rule(&self) -> Option<Rule> {
        let scope = match &self.scope {
            None => RuleScope::Each,
            Some(scope) => RuleScope::parse(scope)?,
        };
        let says = match (&self.only_users, &self.not_together) {
            (Some(written), None) => RuleSays::OnlyUsers {
                role: self.role.clone()?,
                patterns: AddressPatterns::new(written.iter().map(|pattern| &**pattern)).ok()?,
                written: written.clone(),
            },
            (None, Some(roles)) => RuleSays::NotTogether(roles.clone()),
            (None, None) => RuleSays::Holders {
                role: self.role.clone()?,
                at_least: self.at_least,
                at_most: self.at_most,
            },
            (Some(_), Some(_)) => return None,
        };
        Some(Rule {
            origin: Origin::default(),
            scope,
            says,
            except: Except::new(self.except.clone())?,
        })
    }
}
