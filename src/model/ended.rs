//! Grants that have ended: they are not wanted any more, and the scope stays managed, so that the next apply takes the role.

use jiff::Timestamp;

use crate::model::desired::{Desired, EndedGrant, GrantedRole, UserEntry};
use crate::model::{Handle, RoleName, Scope};

impl Desired {
    /// Takes out what has ended at a moment.
    pub fn end(&mut self, now: Timestamp) {
        self.now = Some(now);
        let mut all = Vec::new();
        for (email, entry) in &mut self.users {
            let ended = entry
                .end(now)
                .into_iter()
                .map(|(scope, granted)| EndedGrant {
                    email: email.clone(),
                    scope,
                    granted,
                });
            all.extend(ended);
        }
        self.ended.extend(all);
    }
}

impl UserEntry {
    fn end(&mut self, now: Timestamp) -> Vec<(Scope<Handle>, GrantedRole)> {
        let is_over = |granted: &GrantedRole| {
            let until = granted.until.as_ref();
            until.is_some_and(|until| until.value.is_over(now))
        };
        let mut ended = Vec::new();
        for (scope, grant) in &mut self.grants {
            let over = grant.roles.extract_if(.., |granted| is_over(granted));
            let over: Vec<GrantedRole> = over.collect();
            ended.extend(over.iter().map(|granted| (scope.clone(), granted.clone())));
            grant.ended.extend(over);
        }
        let is_left = self.grants.iter().any(|(_, grant)| !grant.roles.is_empty());
        self.is_over = self.mentioned_only && !ended.is_empty() && !is_left;
        ended
    }

    /// When a role that the entry gives in a scope ends: of several grants the latest counts, and one without an end wins.
    pub fn until(&self, scope: &Scope<Handle>, role: &RoleName) -> Option<&crate::model::Until> {
        let grants = self.grants.iter().filter(|(known, _)| known == scope);
        let roles = grants.flat_map(|(_, grant)| &grant.roles);
        let mut latest = None;
        for granted in roles.filter(|granted| granted.role == *role) {
            let until = &granted.until.as_ref()?.value;
            if latest.is_none_or(|latest: &crate::model::Until| latest.end < until.end) {
                latest = Some(until);
            }
        }
        latest
    }
}
