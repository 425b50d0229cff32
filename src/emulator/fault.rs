//! The failures of a network that the emulator can make up. In: a name such as
//! `reset-after-commit`. Out: what it does to a request and to its answer. Main type: [`FaultKind`].

use serde::{Serialize, Serializer};
use std::fmt;

/// One way in which a call goes wrong between the client and the server.
///
/// What happens *after commit* is the harder half: the server has carried the call out like any
/// other (or refused it), and the client does not learn of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// `500`: an error of the server, which has done nothing.
    ServerError,
    /// `500-after-commit`: an error of the server, which has carried the call out.
    ServerErrorAfterCommit,
    /// `503`: the server is not available; nothing is done.
    Unavailable,
    /// `429`: too many requests; nothing is done. `Retry-After` says one second, in the form that
    /// [`RetryAfter`](super::RetryAfter) sets.
    TooMany,
    /// `429-bare`: the same, always without the header.
    TooManyBare,
    /// `html-502`: a proxy's page; the server never sees the call.
    Html502,
    /// `html-502-after-commit`: a proxy's page; the server has carried the call out.
    Html502AfterCommit,
    /// `reset`: the connection is reset without an answer; nothing is done.
    Reset,
    /// `reset-after-commit`: the call is carried out, then the connection is reset without an answer.
    ResetAfterCommit,
    /// `timeout`: nothing is done and nothing answered; the connection stays open for
    /// [`Faults::timeout`](super::Faults::timeout), then it is closed.
    Timeout,
    /// `timeout-after-commit`: the call is carried out, and then the same.
    TimeoutAfterCommit,
    /// `truncate`: the call is carried out, the answer announces its full length, and after half of
    /// its body the connection is closed.
    Truncate,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::ServerError,
        Self::ServerErrorAfterCommit,
        Self::Unavailable,
        Self::TooMany,
        Self::TooManyBare,
        Self::Html502,
        Self::Html502AfterCommit,
        Self::Reset,
        Self::ResetAfterCommit,
        Self::Timeout,
        Self::TimeoutAfterCommit,
        Self::Truncate,
    ];

    /// As the command line and the control calls write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerError => "500",
            Self::ServerErrorAfterCommit => "500-after-commit",
            Self::Unavailable => "503",
            Self::TooMany => "429",
            Self::TooManyBare => "429-bare",
            Self::Html502 => "html-502",
            Self::Html502AfterCommit => "html-502-after-commit",
            Self::Reset => "reset",
            Self::ResetAfterCommit => "reset-after-commit",
            Self::Timeout => "timeout",
            Self::TimeoutAfterCommit => "timeout-after-commit",
            Self::Truncate => "truncate",
        }
    }

    /// The kind with this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
