//! `export-gguf`: a Llama checkpoint as one GGUF file.

use anyhow::{Context, Result};
use candle_core::Device;
use clap::{Parser, ValueEnum};
use model_export::{About, Config, MatrixType, Vocabulary, export};
use std::{fs, io::BufWriter, path::PathBuf};

/// Writes a Llama checkpoint (config.json, model.safetensors, byte-level BPE tokenizer.json) as one
/// GGUF v3 file.
#[derive(Parser)]
#[command(name = "export-gguf", version)]
struct Arguments {
	/// The folder with config.json and model.safetensors.
	#[arg(long)]
	checkpoint: PathBuf,
	/// The tokenizer.json [default: the one in the checkpoint's folder]
	#[arg(long)]
	tokenizer: Option<PathBuf>,
	/// The file to write.
	#[arg(long)]
	out: PathBuf,
	/// How matrices are stored.
	#[arg(long, value_enum, default_value = "q8_0")]
	matrices: Matrices,
	/// The model's name.
	#[arg(long, default_value = "HAI seed")]
	name: String,
	/// The SPDX name of its licence.
	#[arg(long, default_value = "Apache-2.0")]
	license: String,
	/// llama.cpp's name of the pre-tokenizer, where it is not recognised.
	#[arg(long)]
	pre: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Matrices {
	#[value(name = "f32")]
	F32,
	#[value(name = "f16")]
	F16,
	#[value(name = "q8_0")]
	Q8_0,
}

fn main() -> Result<()> {
	let arguments = Arguments::parse();
	let read =
		|path: &PathBuf| fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
	let config_path = arguments.checkpoint.join("config.json");
	let config: Config = serde_json::from_str(&read(&config_path)?)
		.with_context(|| format!("{} is not a Llama config", config_path.display()))?;
	let tokenizer = arguments
		.tokenizer
		.unwrap_or_else(|| arguments.checkpoint.join("tokenizer.json"));
	let vocabulary = Vocabulary::from_tokenizer_json(&read(&tokenizer)?, arguments.pre.as_deref())
		.with_context(|| format!("cannot use {}", tokenizer.display()))?;
	let weights_path = arguments.checkpoint.join("model.safetensors");
	let weights = candle_core::safetensors::load(&weights_path, &Device::Cpu)
		.with_context(|| format!("cannot read {}", weights_path.display()))?;
	let matrices = match arguments.matrices {
		Matrices::F32 => MatrixType::F32,
		Matrices::F16 => MatrixType::F16,
		Matrices::Q8_0 => MatrixType::Q8_0,
	};
	let about = About {
		name: arguments.name,
		license: arguments.license,
	};

	// Readers never see half a file: it gets its name when it is whole.
	let partial = arguments.out.with_extension("gguf.partial");
	let file = fs::File::create(&partial).with_context(|| format!("cannot create {}", partial.display()))?;
	export(
		&config,
		&weights,
		&vocabulary,
		&about,
		matrices,
		&mut BufWriter::new(file),
	)?;
	fs::rename(&partial, &arguments.out)
		.with_context(|| format!("cannot move the file to {}", arguments.out.display()))?;
	let bytes = fs::metadata(&arguments.out)?.len();
	println!(
		"{}: {} tensors, {bytes} bytes",
		arguments.out.display(),
		weights.len()
	);
	Ok(())
}
