//! Calls a workflow: pick a node, agree on a ticket, request, follow the answer.
//!
//! ```no_run
//! use caller::{CallEvent, CallRequest, Caller};
//! use chain_client::{ChainClient, Key};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let chain = ChainClient::connect("ws://127.0.0.1:9944").await?;
//! let caller = Caller::new(chain, Key::from_suri("//Alice")?).await?;
//! let outcome = caller
//!     .call(CallRequest::new(1, "Once upon a time"), |event| {
//!         if let CallEvent::Text(text) = event {
//!             print!("{text}");
//!         }
//!     })
//!     .await?;
//! println!("\njob {}", outcome.job);
//! # Ok(())
//! # }
//! ```
//!
//! The steps of a call, in the order of its [`CallEvent`]s:
//!
//! 1. The workflow's model and price are read, and the nodes that serve it are ordered by what they ask.
//! 2. The first node gets the prompt, sealed to its key, and answers with a signed ticket. A ticket that is not exactly
//!    what was asked is refused ([`TicketError`]) and the next node is tried. Where all that could run it are busy the
//!    one that has room first is waited for and asked again, as long as [`CallRequest::patience`] lasts.
//! 3. The ticket goes on chain with `request`; its fee is held.
//! 4. The answer comes over the network while the chain is watched at the same time: whatever happens to the node, the
//!    call ends with the job.
//! 5. Once the node's receipt is on chain the text is compared with the transcript that the receipt names
//!    ([`WorkCheck`]).
//!
//! A vector does not come piece by piece: it is taken from the caller's copy of the transcript, when the receipt is on
//! chain, and compared with both in the same way.
//!
//! Nothing that can be read is ever on chain. Who may read the prompt says [`readers`].

mod call;
mod choice;
mod event;
mod follow;
mod newest;
mod text;
mod ticket;
mod turns;
mod vector;
mod work;

pub use call::{CallRequest, CallStep, Caller, StartError, Until};
pub use choice::{Candidate, candidates};
pub use event::{CallError, CallEvent, CallOutcome, Ending, Skipped, readers};
pub use ticket::{Asked, TicketError};
pub use work::{WorkCheck, WorkFault};
