//! Invitations. In: a [`Store`] and the body of an invite call. Out: a user, created or kept, and a
//! record of the e-mail that the real server would send. Main type: [`Invite`].

use crate::emulator::data::fields;
use crate::emulator::data::fields::{Body, Patch, UserChange};
use crate::emulator::data::state::Invitation;
use crate::emulator::data::store::Store;
use crate::emulator::data::time::{Millis, Stamp};
use crate::emulator::http::error::ApiError;
use serde_json::Value;

/// What an invite call asks for.
#[derive(Clone, Debug)]
pub(crate) struct Invite {
    user: UserChange,
    email: String,
    roles: Vec<String>,
    kind: &'static str,
    duration: String,
}

impl Invite {
    /// Takes it out of a body; `roles` only for the calls that have them.
    pub(crate) fn take(body: &mut Body, with_roles: bool) -> Result<Self, ApiError> {
        let user = UserChange::take(body)?;
        let Some(email) = user.email.clone() else {
            return Err(ApiError::bad_request("email is required"));
        };
        let roles = if with_roles {
            fields::roles(body)?
        } else {
            Vec::new()
        };
        let mut options = match body.remove("options") {
            None | Some(Value::Null) => Body::new(),
            Some(Value::Object(options)) => options,
            Some(_) => return Err(ApiError::bad_request("options must be an object")),
        };
        let kind = match fields::text(&mut options, "type")? {
            Patch::Keep | Patch::Clear => "welcome",
            Patch::Set(kind) if kind == "welcome" => "welcome",
            Patch::Set(kind) if kind == "reset" => "reset",
            Patch::Set(_) => {
                return Err(ApiError::bad_request(
                    "options.type must be \"welcome\" or \"reset\"",
                ));
            }
        };
        let duration = match fields::text(&mut options, "duration")? {
            Patch::Set(duration) if is_duration(&duration) => duration,
            Patch::Set(_) => {
                return Err(ApiError::bad_request(
                    "options.duration must be a number and a unit, such as \"2 days\", \
                     from 10 seconds to 1 week",
                ));
            }
            Patch::Keep | Patch::Clear if kind == "reset" => "1 hour".to_owned(),
            Patch::Keep | Patch::Clear => "3 days".to_owned(),
        };
        Ok(Self {
            user,
            email,
            roles,
            kind,
            duration,
        })
    }
}

impl Store {
    /// Invites a person; with a scope, to roles in it. A user who exists already is kept as is.
    pub(crate) fn invite(
        &mut self,
        invite: Invite,
        scope: Option<&str>,
        now: Millis,
    ) -> Result<u64, ApiError> {
        let holder = self.email_holder(&invite.email);
        if holder.is_none() {
            self.check_unique(&invite.user, None)?;
        }
        if let Some(scope) = scope {
            self.list_roles(scope, &invite.roles)?;
        }
        let user = match holder {
            Some(user) => user,
            None => self.create_user(invite.user, now)?,
        };
        if let Some(scope) = scope {
            self.add_roles(scope, user, &invite.roles);
        }
        self.invitations.push(Invitation {
            email: invite.email,
            user_id: user,
            kind: invite.kind.to_owned(),
            duration: invite.duration,
            tenant_id: scope.filter(|id| *id != self.home.id).map(str::to_owned),
            roles: invite.roles,
            created_at: Stamp(now).to_string(),
        });
        Ok(user)
    }
}

/// Whether a text is a duration that a link may have.
fn is_duration(text: &str) -> bool {
    let Some((number, unit)) = text.trim().split_once(' ') else {
        return false;
    };
    let seconds = match unit.trim().strip_suffix('s').unwrap_or(unit.trim()) {
        "second" => 1.0,
        "minute" => 60.0,
        "hour" => 3_600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        _ => return false,
    };
    let number = number.parse::<f64>();
    number.is_ok_and(|number| (10.0..=604_800.0).contains(&(number * seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for good in [
            "10 seconds",
            "2 days",
            "1 hour",
            "1 week",
            "1.5 days",
            "7 days",
        ] {
            assert!(is_duration(good), "{good}");
        }
        for bad in [
            "",
            "2",
            "9 seconds",
            "8 days",
            "2 weeks",
            "x days",
            "2 years",
            "-1 days",
            "nan days",
        ] {
            assert!(!is_duration(bad), "{bad}");
        }
    }
}
