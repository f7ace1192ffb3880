//! A writer for GGUF version 3, little endian.

use std::io::{self, Write};

/// Tensor data and the start of the data section are aligned to this many bytes.
pub const ALIGNMENT: u64 = 32;

const MAGIC: [u8; 4] = *b"GGUF";
const VERSION: u32 = 3;

/// A metadata value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
	/// An unsigned number.
	U32(u32),
	/// A float.
	F32(f32),
	/// A truth value.
	Bool(bool),
	/// Text.
	String(String),
	/// A list of signed numbers.
	I32s(Vec<i32>),
	/// A list of texts.
	Strings(Vec<String>),
}

/// A tensor as it will stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorEntry {
	/// Its name.
	pub name: String,
	/// Its shape, rows first as in other frameworks (the file stores the reverse).
	pub shape: Vec<usize>,
	/// The number of its ggml type.
	pub ggml_type: u32,
	/// Its bytes.
	pub data: Vec<u8>,
}

/// Writes a file.
pub fn write(out: &mut impl Write, metadata: &[(String, Value)], tensors: &[TensorEntry]) -> io::Result<()> {
	let mut head = Vec::new();
	head.extend_from_slice(&MAGIC);
	head.extend_from_slice(&VERSION.to_le_bytes());
	head.extend_from_slice(&(tensors.len() as u64).to_le_bytes());
	head.extend_from_slice(&(metadata.len() as u64).to_le_bytes());
	for (key, value) in metadata {
		push_string(&mut head, key);
		push_value(&mut head, value);
	}
	let mut offset = 0u64;
	for tensor in tensors {
		push_string(&mut head, &tensor.name);
		head.extend_from_slice(&(tensor.shape.len() as u32).to_le_bytes());
		for dimension in tensor.shape.iter().rev() {
			head.extend_from_slice(&(*dimension as u64).to_le_bytes());
		}
		head.extend_from_slice(&tensor.ggml_type.to_le_bytes());
		head.extend_from_slice(&offset.to_le_bytes());
		offset += (tensor.data.len() as u64).next_multiple_of(ALIGNMENT);
	}
	write_padded(out, &head)?;
	for tensor in tensors {
		write_padded(out, &tensor.data)?;
	}
	out.flush()
}

fn write_padded(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
	out.write_all(bytes)?;
	let padding = (bytes.len() as u64).next_multiple_of(ALIGNMENT) - bytes.len() as u64;
	out.write_all(&[0; ALIGNMENT as usize][..padding as usize])
}

fn push_string(head: &mut Vec<u8>, text: &str) {
	head.extend_from_slice(&(text.len() as u64).to_le_bytes());
	head.extend_from_slice(text.as_bytes());
}

/// The type numbers are those of the GGUF specification.
fn push_value(head: &mut Vec<u8>, value: &Value) {
	const I32: u32 = 5;
	const STRING: u32 = 8;
	const ARRAY: u32 = 9;
	let mut word = |number: u32| head.extend_from_slice(&number.to_le_bytes());
	match value {
		Value::U32(number) => {
			word(4);
			word(*number);
		}
		Value::F32(number) => {
			word(6);
			word(number.to_bits());
		}
		Value::Bool(truth) => {
			word(7);
			head.push(u8::from(*truth));
		}
		Value::String(text) => {
			word(STRING);
			push_string(head, text);
		}
		Value::I32s(numbers) => {
			word(ARRAY);
			word(I32);
			head.extend_from_slice(&(numbers.len() as u64).to_le_bytes());
			for number in numbers {
				head.extend_from_slice(&number.to_le_bytes());
			}
		}
		Value::Strings(texts) => {
			word(ARRAY);
			word(STRING);
			head.extend_from_slice(&(texts.len() as u64).to_le_bytes());
			for text in texts {
				push_string(head, text);
			}
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use candle_core::{Device, quantized::gguf_file};
	use std::io::Cursor;

	#[test]
	fn another_reader_reads_what_was_written() {
		let metadata = [
			("general.alignment".to_string(), Value::U32(32)),
			("a.float".to_string(), Value::F32(0.5)),
			("a.truth".to_string(), Value::Bool(true)),
			("a.text".to_string(), Value::String("Ġgrüezi".into())),
			("a.list".to_string(), Value::I32s(vec![1, -3])),
			(
				"a.texts".to_string(),
				Value::Strings(vec!["x".into(), String::new()]),
			),
		];
		let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<_>>();
		let tensors = [
			TensorEntry {
				name: "one".into(),
				shape: vec![3],
				ggml_type: 0,
				data: floats(&[1.0, 2.0, 3.0]),
			},
			TensorEntry {
				name: "two".into(),
				shape: vec![2, 3],
				ggml_type: 0,
				data: floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
			},
		];
		let mut file = Vec::new();
		write(&mut file, &metadata, &tensors).expect("memory");
		let mut reader = Cursor::new(file);
		let content = gguf_file::Content::read(&mut reader).expect("well formed");
		assert_eq!(content.metadata.len(), metadata.len());
		assert_eq!(content.metadata["a.text"].to_string().expect("text"), "Ġgrüezi");
		assert_eq!(
			content.metadata["a.list"].to_vec().expect("list")[1]
				.to_i32()
				.expect("number"),
			-3
		);
		assert_eq!(content.metadata["a.texts"].to_vec().expect("list").len(), 2);
		assert!(content.metadata["a.truth"].to_bool().expect("truth"));
		let two = content
			.tensor(&mut reader, "two", &Device::Cpu)
			.expect("there")
			.dequantize(&Device::Cpu);
		assert_eq!(
			two.expect("f32").to_vec2::<f32>().expect("2 x 3"),
			[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
		);
	}
}
