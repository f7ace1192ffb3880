//! Bounds that two rule-books state, each for itself, are the same.

#[test]
fn a_record_has_room_for_every_part_of_a_payout() {
	assert_eq!(pallet_execution_log::MAX_PAYOUTS, pallet_payout::MAX_PARTS);
}

#[test]
fn a_payout_has_room_for_every_beneficiary_of_a_workflow() {
	assert_eq!(
		pallet_payout::MAX_UPSTREAMS,
		pallet_workflow_registry::MAX_BENEFICIARIES
	);
}
