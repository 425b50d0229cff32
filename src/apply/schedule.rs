//! Which step may start when. Pure: fed with outcomes, answers with what is ready.

use std::collections::{BTreeSet, VecDeque};

use hashbrown::{HashMap, HashSet};

use crate::apply::StepOutcome;
use crate::model::UserUuid;
use crate::plan::order::rounds::{Round, needs, rounds};
use crate::plan::{Plan, Step, StepId, Target};

/// The state of a plan that is being carried out.
pub(crate) struct Schedule<'p> {
    plan: &'p Plan,
    outcomes: Vec<Option<StepOutcome>>,
    /// For each step, how many of the steps that it depends on or waits for are not settled.
    waiting: Vec<usize>,
    /// For each step, those that depend on it.
    dependents: Vec<Vec<StepId>>,
    ready: VecDeque<StepId>,
    /// The users of steps that have started. Steps of one user run one after another, whatever the scope: a server that
    /// reads, changes and writes a user's record would lose one of two changes that it gets at once.
    busy: HashSet<&'p Target<UserUuid>>,
    /// Steps that are ready but for that.
    queued: HashMap<&'p Target<UserUuid>, VecDeque<StepId>>,
    /// Steps that are not to be started, and why.
    forbidden: HashMap<StepId, StepOutcome>,
    /// How many started or ready steps of the current round are not settled.
    round: Round,
    rounds: Vec<Round>,
    unsettled: usize,
}

pub(crate) enum Next<'p> {
    Start(&'p Step),
    /// This step can't be done; it is settled.
    Skip(&'p Step, StepOutcome),
    /// Wait for a step that has started.
    Wait,
    /// Everything before this round is settled: do the look-ups that it needs, and enter it.
    Enter(Round),
    Finished,
}

impl<'p> Schedule<'p> {
    pub(crate) fn new(plan: &'p Plan) -> Self {
        let mut dependents = vec![Vec::new(); plan.steps.len()];
        let mut waiting = Vec::with_capacity(plan.steps.len());
        for step in &plan.steps {
            let needed: BTreeSet<StepId> = needs(step, &plan.handovers).collect();
            waiting.push(needed.len());
            for needed in needed {
                if let Some(list) = dependents.get_mut(needed.0) {
                    list.push(step.id);
                }
            }
        }
        let mut schedule = Self {
            plan,
            outcomes: vec![None; plan.steps.len()],
            waiting,
            dependents,
            ready: VecDeque::new(),
            busy: HashSet::new(),
            queued: HashMap::new(),
            forbidden: HashMap::new(),
            round: Round::default(),
            rounds: rounds(&plan.steps, &plan.handovers),
            unsettled: 0,
        };
        schedule.enter(Round::default());
        schedule
    }

    pub(crate) fn enter(&mut self, entered: Round) {
        self.round = entered;
        let of_round = self.plan.steps.iter().zip(&self.rounds);
        for (step, _) in of_round.filter(|(_, round)| **round == entered) {
            self.unsettled += 1;
            if self.waiting.get(step.id.0) == Some(&0) {
                self.ready.push_back(step.id);
            }
        }
    }

    pub(crate) fn next(&mut self) -> Next<'p> {
        loop {
            if let Some(step) = self
                .ready
                .pop_front()
                .and_then(|id| self.plan.steps.get(id.0))
            {
                let user = step.change.user();
                if let Some(user) = user.filter(|user| self.busy.contains(user)) {
                    self.queued.entry(user).or_default().push_back(step.id);
                    continue;
                }
                self.busy.extend(user);
                return match self.obstacle(step) {
                    None => Next::Start(step),
                    Some(outcome) => Next::Skip(step, outcome),
                };
            }
            if self.unsettled > 0 {
                return Next::Wait;
            }
            let last = self.rounds.iter().max().copied().unwrap_or_default();
            return match self.round.next(last) {
                Some(next) => Next::Enter(next),
                None => Next::Finished,
            };
        }
    }

    /// Why a step can't be done, now that everything it depends on is settled.
    fn obstacle(&self, step: &Step) -> Option<StepOutcome> {
        if let Some(outcome) = self.forbidden.get(&step.id) {
            return Some(outcome.clone());
        }
        let failed = |id: &&StepId| self.outcomes.get(id.0) != Some(&Some(StepOutcome::Done));
        if let Some(needed) = step.depends_on.iter().find(failed) {
            return Some(StepOutcome::Blocked(*needed));
        }
        let broken = step.waits_for.iter().find(|handover| {
            self.plan
                .handovers
                .get(handover.0)
                .is_none_or(|handover| handover.grants.iter().any(|grant| failed(&grant)))
        });
        broken.map(|handover| StepOutcome::HeldBack(*handover))
    }

    pub(crate) fn settle(&mut self, step: &'p Step, outcome: StepOutcome) {
        let id = step.id;
        if let Some(user) = step.change.user() {
            self.busy.remove(user);
            self.ready
                .extend(self.queued.get_mut(user).and_then(VecDeque::pop_front));
        }
        if let Some(slot) = self.outcomes.get_mut(id.0) {
            *slot = Some(outcome);
        }
        self.unsettled = self.unsettled.saturating_sub(1);
        for dependent in self.dependents.get(id.0).into_iter().flatten() {
            let Some(waiting) = self.waiting.get_mut(dependent.0) else {
                continue;
            };
            *waiting -= 1;
            if *waiting == 0 && self.rounds.get(dependent.0) == Some(&self.round) {
                self.ready.push_back(*dependent);
            }
        }
    }

    /// Whether a step runs in the present pass of rounds.
    pub(crate) fn is_in_pass(&self, step: StepId, round: Round) -> bool {
        let of_step = self.rounds.get(step.0);
        of_step.is_some_and(|of_step| of_step.pass() == round.pass())
    }

    /// A step that has not started is not to be started.
    pub(crate) fn forbid(&mut self, step: StepId, outcome: StepOutcome) {
        self.forbidden.insert(step, outcome);
    }

    /// How a step ended, where it has.
    pub(crate) fn outcome(&self, step: StepId) -> Option<&StepOutcome> {
        self.outcomes.get(step.0)?.as_ref()
    }

    /// A step that was done was taken back.
    pub(crate) fn take_back(&mut self, step: StepId, outcome: StepOutcome) {
        if let Some(slot) = self.outcomes.get_mut(step.0) {
            *slot = Some(outcome);
        }
    }

    /// The outcomes in the order of the plan.
    pub(crate) fn into_outcomes(self) -> Vec<StepOutcome> {
        self.outcomes
            .into_iter()
            .map(|outcome| outcome.unwrap_or(StepOutcome::NotStarted))
            .collect()
    }
}
