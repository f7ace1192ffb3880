//! The command line: its exit codes and its JSON.

use std::process::{Command, Output};

fn sim(arguments: &[&str]) -> Output {
	Command::new(env!("CARGO_BIN_EXE_hai-sim"))
		.args(arguments)
		.output()
		.expect("the program was built with this test")
}

#[test]
fn wrong_usage_is_two_and_says_what_there_is() {
	for (arguments, expect) in [
		(&["--strategy", "nonsense"][..], "burst-mimic"),
		(&["--seeds", "0"], "1 to 1000000"),
		(&["--trace"], "--seed and --strategy"),
		(&["--pace"], "takes a value"),
		(&["--fast"], "no option"),
		(&["--set", "everything=1"], "true-detection"),
	] {
		let output = sim(arguments);
		assert_eq!(output.status.code(), Some(2), "{arguments:?}");
		assert!(
			String::from_utf8_lossy(&output.stderr).contains(expect),
			"{arguments:?}"
		);
	}
	assert_eq!(sim(&["--help"]).status.code(), Some(0));
}

#[test]
fn one_seed_is_traced_and_told_as_json() {
	let traced = sim(&[
		"--seed",
		"2",
		"--strategy",
		"cheat-100",
		"--pace",
		"slow",
		"--trace",
	]);
	assert_eq!(traced.status.code(), Some(0));
	let text = String::from_utf8_lossy(&traced.stdout);
	assert!(text.contains("incident opened") && text.contains("ejected"));

	let told = sim(&[
		"--seed",
		"2",
		"--strategy",
		"cheat-100",
		"--pace",
		"slow",
		"--json",
	]);
	let text = String::from_utf8_lossy(&told.stdout);
	assert!(
		text.starts_with("{\"pace\":\"slow\",\"strategy\":\"cheat-100\",\"seeds\":1,"),
		"{text}"
	);
}
