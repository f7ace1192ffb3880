//! The records of several pairs as one table.

use super::Measured;
use calibration::{BUCKETS, Bands, Errors, Kind, Opponent, Record};

pub(crate) fn head() {
	print!(
		"{:6} {:9} {:>7} {:>8}  {:>22}  {:>22}  {:>9}  {:44} {:7}",
		"format",
		"engine",
		"threads",
		"batches",
		"worst honest",
		"bands",
		"held out",
		"nearest substitute",
		"refused"
	);
	for up_to in BUCKETS {
		let range = match up_to {
			u32::MAX => "longer".to_owned(),
			up_to => format!("to {up_to}"),
		};
		print!("{range:>8}");
	}
	println!();
}

pub(crate) fn row(measured: &Measured) {
	let record = &measured.record;
	let list = |numbers: &[u32]| {
		let texts: Vec<String> = numbers.iter().map(u32::to_string).collect();
		texts.join(",")
	};
	let nearest = nearest(record).map_or_else(
		|| "none".to_owned(),
		|substitute| format!("{} ({})", substitute.name, figures(&substitute.median)),
	);
	let bands = Errors {
		mismatches: record.bands.mismatches,
		mantissa_milli: record.bands.mantissa_milli,
		loss_milli: record.bands.loss_milli,
	};
	print!(
		"{:6} {:9} {:>7} {:>8}  {:>22}  {:>22}  {:>9}  {:44} {:7}",
		measured.format,
		measured.arithmetic,
		list(&measured.threads),
		list(&measured.batches),
		figures(&record.honest.worst),
		figures(&bands),
		format!("{}/{}", record.held_out.rejected, record.held_out.runs),
		nearest,
		if record.refusals.is_empty() { "no" } else { "yes" }
	);
	for bucket in record.detection {
		print!("{:>7.1}%", f64::from(bucket.power.parts()) / 10_000.0);
	}
	println!();
}

/// Why pairs are refused, one a line.
pub(crate) fn refusals(all: &[Measured]) {
	println!("\nfigures: points, bf16 steps, logits; the last columns: caught at least, by tokens compared");
	for measured in all {
		for refusal in &measured.record.refusals {
			println!(
				"{} on {}, threads {:?}, batches {:?}, is refused: {refusal}",
				measured.format, measured.arithmetic, measured.threads, measured.batches
			);
		}
	}
}

fn figures(errors: &Errors) -> String {
	format!(
		"{} / {:.3} / {:.3}",
		errors.mismatches,
		f64::from(errors.mantissa_milli) / 1000.0,
		f64::from(errors.loss_milli) / 1000.0
	)
}

/// The substitute whose median lies the fewest bands away.
fn nearest(record: &Record) -> Option<&Opponent> {
	let away = |substitute: &&Opponent| in_bands(&substitute.median, &record.bands);
	record
		.opponents
		.iter()
		.filter(|opponent| opponent.kind == Kind::Substitute)
		.min_by_key(away)
}

/// The larger of the fingerprint's figures, in thousandths of its band.
fn in_bands(errors: &Errors, bands: &Bands) -> u64 {
	let part = |figure: u32, band: u32| u64::from(figure) * 1000 / u64::from(band.max(1));
	part(errors.mismatches.into(), bands.mismatches.into())
		.max(part(errors.mantissa_milli, bands.mantissa_milli))
}
