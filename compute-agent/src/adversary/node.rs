//! What a dishonest or broken node does to a job.

use super::{NotAdmitted, UnknownKind, admit, draw};
use crate::engine::record::Outcome;
use receipt::{Hash, JobId, PairKey, Sampling, Token};
use std::{
	borrow::Cow,
	fmt,
	num::NonZeroU32,
	path::{Path, PathBuf},
	str::FromStr,
};

/// A bad driver spoils these of every [`PERIOD`] job numbers: a stretch in a row, with honest ones before
/// and after it even on a network that runs two dozen jobs in all.
const BURST: std::ops::Range<JobId> = 4..12;

/// After so many job numbers a bad driver comes back.
const PERIOD: JobId = 24;

/// Token numbers below this are in every vocabulary.
const SMALL_VOCABULARY: u32 = 200;

/// What a node does wrong on purpose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NodeAdversary {
	/// Nothing.
	#[default]
	Honest,
	/// It runs this model in place of the promised one.
	WrongModel(PathBuf),
	/// It replaces so many tokens of each answer.
	RandomToken(NonZeroU32),
	/// It takes jobs and does nothing.
	Silent,
	/// It delivers, and shows no auditor the transcript.
	NoTranscript,
	/// It is honest, but no auditor reaches it over the peer network: it shows transcripts in blocks alone.
	Unreachable,
	/// It takes the likeliest token where a drawn one was asked for. A vector has no drawn tokens, so nothing is done to it.
	Greedy,
	/// It writes half of the answer and is paid for as much. Nothing is done to a vector.
	EarlyStop,
	/// It is honest, but a bad driver spoils every run of a stretch of jobs. It checks its runs, so it gives those back.
	Bursts,
	/// The same, but it does not check its runs.
	BurstsUnchecked,
	/// It does the work, and streams other words than those that it delivers. A vector is not streamed.
	OtherWords,
	/// It replaces a token in so many of a hundred jobs.
	Cheat {
		/// 1 to 100.
		percent: u32,
	},
}

impl NodeAdversary {
	/// What can be written, for help and errors.
	pub const KINDS: &str = "honest, wrong-model:PATH, random-token[:PLACES], silent, no-transcript, unreachable, greedy, \
	 early-stop, bursts, bursts-unchecked, other-words or cheat:PERCENT (greedy, early-stop and other-words do nothing to an \
	 embedding)";

	/// What is done to this job.
	pub fn deed(&self, job: JobId) -> Deed {
		match self {
			Self::Honest => Deed::Honest,
			Self::WrongModel(_) => Deed::OtherModel,
			Self::RandomToken(places) => Deed::RandomTokens(places.get()),
			Self::Silent => Deed::Nothing,
			Self::NoTranscript => Deed::HiddenTranscript,
			Self::Unreachable => Deed::UnreachableTranscript,
			Self::Greedy => Deed::LikeliestTokens,
			Self::EarlyStop => Deed::HalfAnswer,
			Self::OtherWords => Deed::OtherWords,
			Self::Bursts | Self::BurstsUnchecked if BURST.contains(&(job % PERIOD)) => Deed::WrongStates,
			Self::Cheat { percent } if draw(job, u32::MAX) % 100 < u64::from(*percent) => {
				Deed::RandomTokens(1)
			}
			Self::Bursts | Self::BurstsUnchecked | Self::Cheat { .. } => Deed::Honest,
		}
	}

	/// Whether it checks its runs as an honest node does: who spoils them on purpose does not stop itself.
	pub fn checks_runs(&self) -> bool {
		match self {
			Self::Honest | Self::NoTranscript | Self::Unreachable | Self::Bursts | Self::OtherWords => true,
			Self::WrongModel(_)
			| Self::RandomToken(_)
			| Self::Silent
			| Self::Greedy
			| Self::EarlyStop
			| Self::BurstsUnchecked
			| Self::Cheat { .. } => false,
		}
	}

	/// The model that runs in place of the promised one.
	pub fn model<'a>(&'a self, promised: &'a Path) -> &'a Path {
		match self {
			Self::WrongModel(other) => other.as_path(),
			_ => promised,
		}
	}

	/// Refuses an adversary on a chain that is not for tests.
	pub fn admit(&self, chain_type: &str) -> Result<(), NotAdmitted> {
		if *self == Self::Honest {
			return Ok(());
		}
		admit(self, chain_type)?;
		tracing::warn!(kind = %self, "THIS NODE CHEATS OR FAILS ON PURPOSE: its bond is at stake");
		Ok(())
	}
}

impl FromStr for NodeAdversary {
	type Err = UnknownKind;

	fn from_str(text: &str) -> Result<Self, UnknownKind> {
		let unknown = || UnknownKind {
			given: text.to_owned(),
			kinds: Self::KINDS,
		};
		Ok(match text.split_once(':') {
			None => match text {
				"honest" => Self::Honest,
				"random-token" => Self::RandomToken(NonZeroU32::MIN),
				"silent" => Self::Silent,
				"no-transcript" => Self::NoTranscript,
				"unreachable" => Self::Unreachable,
				"greedy" => Self::Greedy,
				"early-stop" => Self::EarlyStop,
				"bursts" => Self::Bursts,
				"bursts-unchecked" => Self::BurstsUnchecked,
				"other-words" => Self::OtherWords,
				_ => return Err(unknown()),
			},
			Some(("wrong-model", path)) if !path.is_empty() => Self::WrongModel(path.into()),
			Some(("random-token", places)) => Self::RandomToken(places.parse().map_err(|_| unknown())?),
			Some(("cheat", percent)) => {
				let percent: u32 = percent.parse().map_err(|_| unknown())?;
				if !(1..=100).contains(&percent) {
					return Err(unknown());
				}
				Self::Cheat { percent }
			}
			Some(_) => return Err(unknown()),
		})
	}
}

/// As it is written.
impl fmt::Display for NodeAdversary {
	fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
		match self {
			Self::Honest => f.write_str("honest"),
			Self::WrongModel(path) => write!(f, "wrong-model:{}", path.display()),
			Self::RandomToken(places) if places.get() == 1 => f.write_str("random-token"),
			Self::RandomToken(places) => write!(f, "random-token:{places}"),
			Self::Silent => f.write_str("silent"),
			Self::NoTranscript => f.write_str("no-transcript"),
			Self::Unreachable => f.write_str("unreachable"),
			Self::Greedy => f.write_str("greedy"),
			Self::EarlyStop => f.write_str("early-stop"),
			Self::Bursts => f.write_str("bursts"),
			Self::BurstsUnchecked => f.write_str("bursts-unchecked"),
			Self::OtherWords => f.write_str("other-words"),
			Self::Cheat { percent } => write!(f, "cheat:{percent}"),
		}
	}
}

/// What is done to one job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
	/// The work.
	Honest,
	/// Nothing at all.
	Nothing,
	/// The work, but by another model, under the promised one's name.
	OtherModel,
	/// The work, but no auditor gets to see it.
	HiddenTranscript,
	/// The work, but auditors get to see it in a block alone.
	UnreachableTranscript,
	/// So many tokens of the answer become others; of a vector, so many components their opposites.
	RandomTokens(u32),
	/// No token is drawn: each is the likeliest.
	LikeliestTokens,
	/// The second half of the answer is left out.
	HalfAnswer,
	/// The hidden states come out wrong.
	WrongStates,
	/// The work, but the caller is told other words than the model wrote.
	OtherWords,
}

impl Deed {
	/// How tokens are chosen where `asked` was asked for.
	pub fn sampling(self, asked: Sampling) -> Sampling {
		match self {
			Self::LikeliestTokens => Sampling::GREEDY,
			_ => asked,
		}
	}

	/// Whether auditors that ask for the transcript get it.
	pub fn serves_auditors(self) -> bool {
		!matches!(self, Self::HiddenTranscript | Self::UnreachableTranscript)
	}

	/// What the caller is told where the model wrote `text`: of the same length, so that what was told is told again
	/// from the same place.
	pub fn words(self, text: &str) -> Cow<'_, str> {
		if self != Self::OtherWords {
			return text.into();
		}
		text.chars()
			.map(|character| match character {
				'a'..='y' | 'A'..='Y' => char::from(character as u8 + 1),
				'z' => 'a',
				'Z' => 'A',
				other => other,
			})
			.collect::<String>()
			.into()
	}

	/// What is delivered as the outcome of a run. `pair` and `prompt` are those that were promised; `text` gives the hash
	/// of tokens' text, for whoever changes tokens: otherwise the text alone would give it away.
	pub fn falsify(
		self,
		job: JobId,
		pair: PairKey,
		prompt: &[Token],
		text: impl Fn(&[Token]) -> Hash,
		mut outcome: Outcome,
	) -> Outcome {
		match self {
			Self::Honest
			| Self::Nothing
			| Self::HiddenTranscript
			| Self::UnreachableTranscript
			| Self::LikeliestTokens
			| Self::OtherWords => {}
			Self::OtherModel => {
				outcome.pair = pair;
				outcome.prompt = prompt.to_vec();
				outcome.text = text(&outcome.answer);
			}
			Self::RandomTokens(places) => {
				replace_tokens(job, places, &mut outcome.answer);
				turn_components(places, &mut outcome.vector);
				outcome.text = text(&outcome.answer);
			}
			Self::HalfAnswer => {
				let half = outcome.answer.len().div_ceil(2);
				outcome.answer.truncate(half);
				outcome.text = text(&outcome.answer);
			}
			// Well formed, and not these states: the polynomial's coefficients change places.
			Self::WrongStates => {
				for chunk in &mut outcome.fingerprint.chunks {
					if let Some(coefficients) = chunk.get_mut(2..)
						&& coefficients.len() > 2
					{
						coefficients.rotate_left(2);
					}
				}
			}
		}
		outcome
	}
}

/// Turns the sign of the first components of a vector, which leaves its length as it was.
fn turn_components(places: u32, vector: &mut [u32]) {
	for component in vector.iter_mut().take(places as usize) {
		*component ^= 1 << 31;
	}
}

/// Replaces tokens at places that are spread evenly; all of them where there are not so many.
fn replace_tokens(job: JobId, places: u32, answer: &mut [Token]) {
	let length = answer.len() as u64;
	let places = u64::from(places).min(length);
	for number in 0..places {
		let place = (2 * number + 1) * length / (2 * places);
		if let Some(token) = answer.get_mut(place as usize) {
			// Always another one: a step of 1 to 199 around a circle of 200, or into it from outside.
			let step = 1 + draw(job, place as u32) % u64::from(SMALL_VOCABULARY - 1);
			*token = (*token % SMALL_VOCABULARY + step as u32) % SMALL_VOCABULARY;
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::engine::Ending;
	use receipt::fingerprint::Fingerprint;

	const ALL: [&str; 15] = [
		"honest",
		"wrong-model:/a/b.gguf",
		"random-token",
		"random-token:5",
		"silent",
		"no-transcript",
		"unreachable",
		"greedy",
		"early-stop",
		"bursts",
		"bursts-unchecked",
		"other-words",
		"cheat:1",
		"cheat:40",
		"cheat:100",
	];

	fn read(text: &str) -> NodeAdversary {
		text.parse().expect(text)
	}

	fn outcome(answer: Vec<Token>) -> Outcome {
		Outcome {
			pair: [1; 32],
			prompt: vec![7, 8],
			answer,
			text: [0; 32],
			ending: Ending::Length,
			fingerprint: Fingerprint {
				chunks: vec![vec![0xd9, 0xff, 1, 0, 2, 0, 3, 0]],
			},
			vector: Vec::new(),
		}
	}

	fn falsified(deed: Deed, answer: Vec<Token>) -> Outcome {
		deed.falsify(
			3,
			[2; 32],
			&[9],
			|tokens| [tokens.len() as u8; 32],
			outcome(answer),
		)
	}

	#[test]
	fn kinds_read_as_they_are_written() {
		for text in ALL {
			assert_eq!(read(text).to_string(), text);
		}
		assert_eq!(read("random-token:1"), read("random-token"));
	}

	#[test]
	fn what_is_no_kind_is_refused_and_the_kinds_are_told() {
		for text in [
			"",
			"lazy",
			"wrong-model",
			"wrong-model:",
			"random-token:0",
			"random-token:x",
			"silent:1",
			"cheat",
			"cheat:0",
			"cheat:101",
		] {
			let error = text.parse::<NodeAdversary>().expect_err(text);
			assert!(error.to_string().contains(NodeAdversary::KINDS), "{error}");
		}
	}

	#[test]
	fn only_development_chains_admit_adversaries() {
		for text in ALL {
			let kind = read(text);
			for chain_type in ["Development", "Local"] {
				assert_eq!(kind.admit(chain_type), Ok(()), "{text}");
			}
			assert_eq!(kind.admit("Live").is_ok(), text == "honest", "{text}");
		}
	}

	#[test]
	fn each_kind_does_what_it_is_called_to_every_job() {
		for (text, deed) in [
			("honest", Deed::Honest),
			("wrong-model:/a", Deed::OtherModel),
			("random-token", Deed::RandomTokens(1)),
			("random-token:5", Deed::RandomTokens(5)),
			("silent", Deed::Nothing),
			("no-transcript", Deed::HiddenTranscript),
			("unreachable", Deed::UnreachableTranscript),
			("greedy", Deed::LikeliestTokens),
			("early-stop", Deed::HalfAnswer),
			("other-words", Deed::OtherWords),
			("cheat:100", Deed::RandomTokens(1)),
		] {
			assert!((0..100).all(|job| read(text).deed(job) == deed), "{text}");
		}
	}

	#[test]
	fn a_burst_is_a_stretch_of_jobs_between_honest_ones() {
		for kind in [NodeAdversary::Bursts, NodeAdversary::BurstsUnchecked] {
			let spoiled: Vec<JobId> = (0..48)
				.filter(|job| kind.deed(*job) == Deed::WrongStates)
				.collect();
			assert_eq!(spoiled, (4..12).chain(28..36).collect::<Vec<_>>(), "{kind}");
		}
	}

	#[test]
	fn who_spoils_no_run_on_purpose_checks_them() {
		let checking: Vec<&str> = ALL.into_iter().filter(|text| read(text).checks_runs()).collect();
		assert_eq!(
			checking,
			["honest", "no-transcript", "unreachable", "bursts", "other-words"]
		);
	}

	#[test]
	fn a_part_of_the_jobs_is_cheated_and_always_the_same_ones() {
		let cheated = |percent: u32| {
			(0..10_000)
				.filter(|job| NodeAdversary::Cheat { percent }.deed(*job) != Deed::Honest)
				.count()
		};
		for percent in [1, 10, 50, 100] {
			let count = cheated(percent);
			assert!(
				count.abs_diff(percent as usize * 100) < 200,
				"{percent} %: {count}"
			);
			assert_eq!(count, cheated(percent));
		}
	}

	#[test]
	fn so_many_tokens_are_replaced_and_each_by_another() {
		for (places, length, changed) in [
			(1, 40, 1),
			(5, 40, 5),
			(40, 40, 40),
			(50, 40, 40),
			(3, 1, 1),
			(1, 0, 0),
		] {
			let answer: Vec<Token> = (190..190 + length).collect();
			let falsified = falsified(Deed::RandomTokens(places), answer.clone()).answer;
			let differ = falsified.iter().zip(&answer).filter(|(now, was)| now != was);
			assert_eq!((differ.count(), falsified.len()), (changed, answer.len()));
			let replaced = falsified.iter().zip(&answer).filter(|(now, was)| now != was);
			assert!(
				replaced
					.map(|(now, _)| now)
					.all(|token| *token < SMALL_VOCABULARY)
			);
		}
	}

	#[test]
	fn outcomes_are_falsified_in_one_way_each() {
		let honest = outcome(vec![1, 2, 3]);
		for deed in [
			Deed::Honest,
			Deed::Nothing,
			Deed::HiddenTranscript,
			Deed::UnreachableTranscript,
			Deed::LikeliestTokens,
			Deed::OtherWords,
		] {
			assert_eq!(falsified(deed, vec![1, 2, 3]), honest, "{deed:?}");
		}
		let other = falsified(Deed::OtherModel, vec![1, 2, 3]);
		assert_eq!((other.pair, other.prompt), ([2; 32], vec![9]));
		assert_eq!(falsified(Deed::HalfAnswer, vec![1, 2, 3]).answer, [1, 2]);
		assert_eq!(falsified(Deed::HalfAnswer, vec![1]).answer, [1]);
		let wrong = falsified(Deed::WrongStates, vec![1, 2, 3]).fingerprint.chunks;
		assert_eq!(wrong, [[0xd9, 0xff, 2, 0, 3, 0, 1, 0]]);
	}

	#[test]
	fn whoever_changes_tokens_writes_down_their_text() {
		for (deed, length) in [
			(Deed::OtherModel, 3),
			(Deed::RandomTokens(1), 3),
			(Deed::HalfAnswer, 2),
		] {
			assert_eq!(falsified(deed, vec![1, 2, 3]).text, [length; 32], "{deed:?}");
		}
	}

	#[test]
	fn only_one_kind_tells_other_words_and_as_many_bytes_of_them() {
		let text = " It was, Zoë: 42\n";
		assert_eq!(Deed::RandomTokens(1).words(text), text);
		assert_eq!(Deed::OtherWords.words(text), " Ju xbt, Apë: 42\n");
		assert_eq!(Deed::OtherWords.words(text).len(), text.len());
	}

	#[test]
	fn of_a_vector_components_are_turned() {
		let vector = [0.6f32, 0.0, -0.8].map(f32::to_bits).to_vec();
		let embedded = Outcome {
			vector,
			..outcome(Vec::new())
		};
		let turned = Deed::RandomTokens(1).falsify(3, [2; 32], &[9], |_| [0; 32], embedded.clone());
		assert_eq!(turned.vector, [-0.6f32, 0.0, -0.8].map(f32::to_bits));
		assert_eq!(
			(&turned.answer, &turned.fingerprint),
			(&embedded.answer, &embedded.fingerprint)
		);
	}

	#[test]
	fn only_the_greedy_one_changes_the_sampling() {
		let asked = Sampling {
			temperature_milli: 800,
			top_k: 40,
		};
		assert_eq!(Deed::LikeliestTokens.sampling(asked), Sampling::GREEDY);
		assert_eq!(Deed::RandomTokens(1).sampling(asked), asked);
	}

	#[test]
	fn only_another_models_path_is_run_in_place_of_the_promised_one() {
		let promised = Path::new("/promised");
		assert_eq!(read("wrong-model:/other").model(promised), Path::new("/other"));
		assert_eq!(read("greedy").model(promised), promised);
	}
}
