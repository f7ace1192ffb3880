//! Requests and responses on a stream: one SCALE value each way, limited in size.

use crate::protocol::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES, Request, Response};
use ::codec::{DecodeLimit, Encode};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{StreamProtocol, request_response::Codec};
use std::io;

/// How deep a hostile value may nest.
const MAX_DEPTH: u32 = 16;

/// The codec of the protocol.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ScaleCodec;

impl Codec for ScaleCodec {
	type Protocol = StreamProtocol;
	type Request = Request;
	type Response = Response;

	async fn read_request<T: AsyncRead + Unpin + Send>(
		&mut self,
		_: &StreamProtocol,
		io: &mut T,
	) -> io::Result<Request> {
		read(io, MAX_REQUEST_BYTES).await
	}

	async fn read_response<T: AsyncRead + Unpin + Send>(
		&mut self,
		_: &StreamProtocol,
		io: &mut T,
	) -> io::Result<Response> {
		read(io, MAX_RESPONSE_BYTES).await
	}

	async fn write_request<T: AsyncWrite + Unpin + Send>(
		&mut self,
		_: &StreamProtocol,
		io: &mut T,
		request: Request,
	) -> io::Result<()> {
		write(io, &request, MAX_REQUEST_BYTES).await
	}

	async fn write_response<T: AsyncWrite + Unpin + Send>(
		&mut self,
		_: &StreamProtocol,
		io: &mut T,
		response: Response,
	) -> io::Result<()> {
		write(io, &response, MAX_RESPONSE_BYTES).await
	}
}

async fn read<M: DecodeLimit, T: AsyncRead + Unpin + Send>(io: &mut T, limit: u64) -> io::Result<M> {
	let mut bytes = Vec::new();
	io.take(limit + 1).read_to_end(&mut bytes).await?;
	if bytes.len() as u64 > limit {
		return Err(io::Error::new(
			io::ErrorKind::InvalidData,
			format!("a message of more than {limit} bytes"),
		));
	}
	M::decode_all_with_depth_limit(MAX_DEPTH, &mut bytes.as_slice())
		.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))
}

async fn write<M: Encode, T: AsyncWrite + Unpin + Send>(
	io: &mut T,
	message: &M,
	limit: u64,
) -> io::Result<()> {
	let bytes = message.encode();
	if bytes.len() as u64 > limit {
		return Err(io::Error::new(
			io::ErrorKind::InvalidInput,
			format!("a message of {} bytes, the limit is {limit}", bytes.len()),
		));
	}
	io.write_all(&bytes).await?;
	io.close().await
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::golden;
	use futures::{executor::block_on, io::Cursor};
	use proptest::prelude::*;

	#[test]
	fn a_message_survives_the_stream() {
		let request = Request::Follow {
			ticket: [3; 32],
			secret: [4; 32],
			from: 9,
		};
		let mut stream = Cursor::new(Vec::new());
		block_on(write(&mut stream, &request, MAX_REQUEST_BYTES)).expect("small");
		let read_back: Request =
			block_on(read(&mut Cursor::new(stream.into_inner()), MAX_REQUEST_BYTES)).expect("whole");
		assert_eq!(read_back, request);
	}

	#[test]
	fn long_messages_are_refused_on_both_sides() {
		let request = Request::Quote { sealed: vec![0; 100] };
		assert!(block_on(write(&mut Cursor::new(Vec::new()), &request, 50)).is_err());
		let encoded = request.encode();
		assert!(block_on(read::<Request, _>(&mut Cursor::new(encoded), 50)).is_err());
	}

	proptest! {
		#[test]
		fn hostile_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
			let _ = block_on(read::<Request, _>(&mut Cursor::new(bytes.clone()), MAX_REQUEST_BYTES));
			let _ = block_on(read::<Response, _>(&mut Cursor::new(bytes), MAX_RESPONSE_BYTES));
		}

		/// Random bytes seldom get past the first length; nearly right ones reach everything. What is read is
		/// what would be written.
		#[test]
		fn damaged_messages_are_refused_or_read_as_they_are(damage in golden::damage()) {
			for (_, request) in golden::requests() {
				let bytes = damage.apply(request.encode());
				let read: io::Result<Request> = block_on(read(&mut Cursor::new(&bytes), MAX_REQUEST_BYTES));
				if let Ok(request) = read {
					prop_assert_eq!(request.encode(), bytes);
				}
			}
			for (_, response) in golden::responses() {
				let bytes = damage.apply(response.encode());
				let read: io::Result<Response> = block_on(read(&mut Cursor::new(&bytes), MAX_RESPONSE_BYTES));
				if let Ok(response) = read {
					prop_assert_eq!(response.encode(), bytes);
				}
			}
		}
	}
}
