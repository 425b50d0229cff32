//! `rules`: what must hold for all access, as it is written and as it is meant.

use crate::manifest::findings::rule_mistake::RuleMistake;
use crate::manifest::syntax::manifest::Text;
use crate::manifest::syntax::rule_syntax::WrittenRule;
use crate::manifest::text::decode::Decoder;
use crate::manifest::text::node::{Kind, Node};
use crate::model::{AddressPatterns, Except, RoleName, Rule, RuleSays, RuleScope};

pub(crate) fn read(decoder: &mut Decoder<'_>, node: &Node<'_>) -> Vec<WrittenRule> {
    let items = decoder.list("a list of rules", node).unwrap_or_default();
    let rules = items.iter().filter_map(|item| {
        if !matches!(item.kind, Kind::Map(_)) {
            decoder.wrong_type("a rule", item);
            return None;
        }
        let mut fields = decoder.fields("a rule", item);
        let mut text = |key: &'static str, what: &'static str| {
            let node = fields.take(key)?;
            decoder.filled(what, node)
        };
        let role = text("role", "the name of a role");
        let scope = text("scope", "a scope");
        let mut texts = |key: &'static str, expected, what| {
            let node = fields.take(key)?;
            decoder.texts(expected, what, node)
        };
        let only_users = texts("onlyUsers", "a list of patterns", "a pattern");
        let not_together = texts("notTogether", "a list of roles", "the name of a role");
        let except = texts("except", "a list of patterns", "a pattern");
        let mut number = |key: &'static str| {
            let node = fields.take(key)?;
            decoder.whole_number(node)
        };
        let at_least = number("atLeast");
        let at_most = number("atMost");
        fields.finish(decoder);
        let rule = WrittenRule {
            origin: Some(item.origin),
            role,
            scope,
            only_users,
            not_together,
            except,
            at_least,
            at_most,
        };
        if let Some(reason) = rule.wrong() {
            decoder.report(RuleMistake::BadRule { reason }, item.origin);
        }
        Some(rule)
    });
    rules.collect()
}

impl WrittenRule {
    fn wrong(&self) -> Option<&'static str> {
        let counts = self.at_least.is_some() || self.at_most.is_some();
        let kinds = [
            self.only_users.is_some(),
            self.not_together.is_some(),
            counts,
        ];
        let least = self.at_least.as_ref().map_or(0, |it| it.value);
        match kinds.into_iter().filter(|is| *is).count() {
            0 => Some("it says neither `onlyUsers`, `notTogether`, `atLeast` nor `atMost`"),
            1 if self.not_together.is_some() && self.role.is_some() => {
                Some("`notTogether` lists its roles, and has no `role`")
            }
            1 if self
                .not_together
                .as_ref()
                .is_some_and(|roles| roles.len() < 2) =>
            {
                Some("`notTogether` takes two roles or more")
            }
            1 if self.only_users.as_ref().is_some_and(Vec::is_empty) => {
                Some("`onlyUsers` lists no pattern")
            }
            1 if self.not_together.is_none() && self.role.is_none() => Some("it names no `role`"),
            1 if counts && self.except.is_some() => {
                Some("`except` goes with `onlyUsers` and `notTogether` only")
            }
            1 if counts && self.scope.is_none() => Some("`atLeast` and `atMost` need a `scope`"),
            1 if self.at_most.as_ref().is_some_and(|most| most.value < least) => {
                Some("`atMost` is less than `atLeast`")
            }
            1 => None,
            _ => Some("it says two things at once: make two rules of it"),
        }
    }

    pub(crate) fn roles(&self) -> impl Iterator<Item = &Text> {
        self.role.iter().chain(self.not_together.iter().flatten())
    }

    /// What its scope means; nothing where that is none.
    pub(crate) fn meant(&self) -> Option<RuleScope> {
        let Some(scope) = &self.scope else {
            return Some(RuleScope::Each);
        };
        RuleScope::parse(&scope.value)
    }

    /// The rule; nothing where it is wrong, which is reported.
    pub(crate) fn rule(self) -> Option<Rule> {
        let scope = self.meant()?;
        let role = |role: &Text| RoleName::new(&*role.value);
        let says = if let Some(roles) = &self.not_together {
            RuleSays::NotTogether(roles.iter().map(role).collect())
        } else if let Some(patterns) = &self.only_users {
            RuleSays::OnlyUsers {
                role: role(self.role.as_ref()?),
                patterns: AddressPatterns::new(patterns.iter().map(|it| &*it.value)).ok()?,
                written: patterns.iter().map(|it| it.value.clone()).collect(),
            }
        } else {
            RuleSays::Holders {
                role: role(self.role.as_ref()?),
                at_least: self.at_least.map(|it| it.value),
                at_most: self.at_most.map(|it| it.value),
            }
        };
        let except = self.except.iter().flatten();
        Some(Rule {
            origin: self.origin.unwrap_or_default(),
            scope,
            says,
            except: Except::new(except.map(|it| it.value.clone()).collect())?,
        })
    }
}
