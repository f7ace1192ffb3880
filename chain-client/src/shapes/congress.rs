//! Members, proposals and votes.

use super::{check, terms::ballot};
use crate::congress::{
	Choice, Decision, Electorate, ElectorateView, Kind, Member, Participation, Stage, Tally, Vote,
};

#[test]
fn the_congress() {
	for kind in [
		Kind::Constitutional,
		Kind::Technical,
		Kind::Community,
		Kind::Resource,
	] {
		check("pallet_congress::types::Kind", kind);
	}
	for choice in [Choice::For, Choice::Against, Choice::Abstain] {
		check("pallet_congress::types::Choice", choice);
	}
	for decision in [Decision::Passed, Decision::QuorumMissed, Decision::MajorityMissed] {
		check("pallet_congress::types::Decision", decision);
	}
	for stage in [Stage::Voting, Stage::Approved { enact_from: 1 }] {
		check("pallet_congress::types::Stage", stage);
	}
	check(
		"pallet_congress::types::Tally",
		Tally {
			ayes: 1,
			nays: 2,
			abstentions: 3,
		},
	);
	check(
		"pallet_congress::types::AccountView",
		Participation {
			member: Some(Member { joined: 1 }),
			held: 2,
			locked: 3,
			votes: vec![Vote {
				proposal: 4,
				choice: Choice::For,
				weight: 5,
				reasoning: Some([6; 32]),
			}],
			proposals: vec![7],
		},
	);
	check(
		"pallet_congress::types::ElectorateView",
		ElectorateView {
			electorate: Electorate::Holders,
			size: 1,
			needed: 2,
			ballot: ballot(),
			open: 3,
			open_limit: 4,
		},
	);
}
