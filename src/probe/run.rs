//! The questions in turn, between two clean-ups.

use std::collections::BTreeMap;

use crate::api::{ApiError, Client, Level};
use crate::probe::answers;
use crate::probe::prober::{Choice, Prober};
use crate::probe::profile::{Answer, Profile};

#[derive(Debug)]
pub(crate) struct Probed {
    pub profile: Profile,
    /// Records that were made and could not be removed.
    pub left: Vec<String>,
    /// Records whose names begin as ours do, and that no probe may have made: they were left alone.
    pub similar: Vec<String>,
}

/// Asks all questions that a choice allows. `stop` says that no other is to be asked.
///
/// # Errors
/// What fails before the first question; later failures are answers.
pub(crate) async fn probe(
    client: &Client,
    choice: Choice,
    stop: &(dyn Fn() -> bool + Sync),
) -> Result<Probed, ApiError> {
    let choice = match client.key().level {
        Level::Admin => choice,
        Level::Readonly => Choice::Reading,
    };
    let mut prober = Prober::new(client, choice);
    if choice != Choice::Reading {
        prober.adopt_leftovers().await?;
        prober.clean().await;
    }
    let answers = answers::all(&mut prober, stop).await;
    let left = prober.clean().await;
    let answers: BTreeMap<String, Answer> = answers
        .into_iter()
        .map(|(name, answer)| (name.to_owned(), answer))
        .collect();
    Ok(Probed {
        profile: Profile::new(client.url().to_string(), answers),
        left,
        similar: std::mem::take(&mut prober.similar),
    })
}
