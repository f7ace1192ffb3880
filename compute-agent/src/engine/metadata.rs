//! Typed reading of a GGUF file's metadata.

use super::candle::LoadError;
use candle_core::quantized::gguf_file::Value;
use std::collections::HashMap;

/// The metadata of a file.
pub(super) struct Metadata<'a>(pub(super) &'a HashMap<String, Value>);

impl Metadata<'_> {
	fn bad(key: &str, wanted: &'static str) -> LoadError {
		LoadError::Metadata {
			key: key.to_string(),
			wanted,
		}
	}

	fn optional<T>(
		&self,
		key: &str,
		wanted: &'static str,
		read: impl FnOnce(&Value) -> Option<T>,
	) -> Result<Option<T>, LoadError> {
		self.0
			.get(key)
			.map(|value| read(value).ok_or_else(|| Self::bad(key, wanted)))
			.transpose()
	}

	pub(super) fn number(&self, key: &str) -> Result<Option<u64>, LoadError> {
		self.optional(key, "a number", integer)
	}

	/// A number that counts things in memory: from 1 to a million or so.
	pub(super) fn count(&self, key: &str) -> Result<usize, LoadError> {
		let value = self.number(key)?.ok_or_else(|| Self::bad(key, "a number"))?;
		if value == 0 || value > 1 << 24 {
			return Err(LoadError::OutOfRange {
				key: key.to_string(),
				value,
			});
		}
		Ok(value as usize)
	}

	pub(super) fn float(&self, key: &str) -> Result<Option<f32>, LoadError> {
		self.optional(key, "a float", |value| match value {
			Value::F32(number) => Some(*number),
			Value::F64(number) => Some(*number as f32),
			_ => None,
		})
	}

	pub(super) fn truth(&self, key: &str) -> Result<Option<bool>, LoadError> {
		self.optional(key, "true or false", |value| value.to_bool().ok())
	}

	pub(super) fn text(&self, key: &str) -> Result<Option<&str>, LoadError> {
		match self.0.get(key) {
			None => Ok(None),
			Some(Value::String(text)) => Ok(Some(text)),
			Some(_) => Err(Self::bad(key, "text")),
		}
	}

	pub(super) fn texts(&self, key: &str) -> Result<Option<Vec<String>>, LoadError> {
		self.list(key, "a list of texts", |value| match value {
			Value::String(text) => Some(text.clone()),
			_ => None,
		})
	}

	pub(super) fn numbers(&self, key: &str) -> Result<Option<Vec<u64>>, LoadError> {
		self.list(key, "a list of numbers", integer)
	}

	pub(super) fn floats(&self, key: &str) -> Result<Option<Vec<f32>>, LoadError> {
		self.list(key, "a list of floats", |value| value.to_f32().ok())
	}

	fn list<T>(
		&self,
		key: &str,
		wanted: &'static str,
		read: impl Fn(&Value) -> Option<T>,
	) -> Result<Option<Vec<T>>, LoadError> {
		self.optional(key, wanted, |value| match value {
			Value::Array(values) => values.iter().map(read).collect(),
			_ => None,
		})
	}
}

fn integer(value: &Value) -> Option<u64> {
	match value {
		Value::I8(number) => u64::try_from(*number).ok(),
		Value::I16(number) => u64::try_from(*number).ok(),
		Value::I32(number) => u64::try_from(*number).ok(),
		Value::I64(number) => u64::try_from(*number).ok(),
		Value::Bool(_) => None,
		other => other.to_u64().ok(),
	}
}
