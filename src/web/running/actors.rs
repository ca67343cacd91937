//! A party's actors: how many of each kind, how full their mailboxes are, how they failed.
//!
//! The counts are those of the metrics; nobody is asked for them.

use askama::Template;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    runtime::{Failure, KindView, LedgerView, PartyView},
    web::{Kind, Problem},
};

/// Residents of a kind that are listed at most.
pub const RESIDENTS_MAX: usize = 100;

/// The tree of a party's actors. Counts begin with `opened_at`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActorTree {
    #[schema(value_type = String)]
    pub party: &'static str,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// How often the whole party was opened again since the start of the process.
    pub reopened: u64,
    pub failure: Option<ActorFailure>,
    pub ledger: LedgerState,
    /// A keeper each, and the residents that it watches over.
    pub keepers: Vec<KeeperState>,
}

/// The one writer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct LedgerState {
    /// Groups that wait for a commit.
    pub queued: usize,
    pub queue_max: usize,
    /// Batches committed.
    pub committed: u64,
    /// The database takes no writes at present.
    pub stalled: bool,
}

/// All residents of a kind.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KeeperState {
    #[schema(value_type = String, example = "package")]
    pub kind: &'static str,
    pub residents: usize,
    /// Letters in all mailboxes.
    pub queued: usize,
    /// Letters in the fullest one.
    pub queued_max: usize,
    pub handled: u64,
    pub restarts: u64,
    pub failure: Option<ActorFailure>,
}

/// How something failed last.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ActorFailure {
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who failed, as the log has it.
    pub whose: String,
    pub reason: String,
}

/// A kind and its busiest residents.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct KindOfActor {
    #[serde(flatten)]
    pub keeper: KeeperState,
    /// Those with the fullest mailboxes, up to 100.
    pub busiest: Vec<Resident>,
}

/// A resident and its mailbox.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Resident {
    #[schema(example = "package 7")]
    pub resident: String,
    pub queued: usize,
}

/// `seen`: None while the party is closed.
pub fn tree(seen: Option<PartyView>) -> Result<ActorTree, Problem> {
    let PartyView { party, opened_at, reopened, failure, ledger, kinds } =
        seen.ok_or_else(closed)?;
    let LedgerView { queued, queue_max, committed, is_stalled } = ledger;
    Ok(ActorTree {
        party,
        opened_at: Timestamp::try_from(opened_at).unwrap_or(Timestamp::UNIX_EPOCH),
        reopened,
        failure: failure.map(ActorFailure::from),
        ledger: LedgerState { queued, queue_max, committed, stalled: is_stalled },
        keepers: kinds.into_iter().map(KeeperState::from).collect(),
    })
}

/// `busiest`: the residents of a kind with the fullest mailboxes, so many at most.
pub fn kind<B>(tree: &ActorTree, kind: &str, busiest: B) -> Result<KindOfActor, Problem>
where
    B: FnOnce(&str, usize) -> Vec<Resident>,
{
    let kinds: Vec<_> = tree.keepers.iter().map(|keeper| keeper.kind).collect();
    let nothing = || {
        let detail = format!("There are no such actors. There are: {}.", kinds.join(", "));
        Problem::new(Kind::NotFound, detail)
    };
    let keeper = tree.keepers.iter().find(|keeper| keeper.kind == kind).ok_or_else(nothing)?;
    Ok(KindOfActor { keeper: keeper.clone(), busiest: busiest(keeper.kind, RESIDENTS_MAX) })
}

#[derive(Template)]
#[template(path = "running/actor_tree.html")]
struct TreePart<'a> {
    tree: &'a ActorTree,
    base: &'a str,
}

/// The part of a page that is kept current. `base`: where the site has such pages.
pub fn as_part(tree: &ActorTree, base: &str) -> Option<String> {
    TreePart { tree, base }.render().ok()
}

fn closed() -> Problem {
    let detail = "It is being opened again at this moment. Try again in a second.";
    Problem::new(Kind::Unavailable, detail)
}

impl From<KindView> for KeeperState {
    fn from(view: KindView) -> Self {
        let KindView { kind, residents, queued, queued_max, handled, restarts, failure } = view;
        let failure = failure.map(ActorFailure::from);
        Self { kind, residents, queued, queued_max, handled, restarts, failure }
    }
}

impl From<Failure> for ActorFailure {
    fn from(Failure { at, whose, reason }: Failure) -> Self {
        Self { at: Timestamp::try_from(at).unwrap_or(Timestamp::UNIX_EPOCH), whose, reason }
    }
}
