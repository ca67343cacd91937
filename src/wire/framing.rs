//! Protocol buffers' delimited form: a varint32 length, then that many bytes.
//!
//! The length may arrive byte by byte. A message of length zero is a frame
//! like any other; what it means is for the caller.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use tokio_util::codec::{Decoder, Encoder};

use super::WireError;

/// The longest message accepted unless configured: a thousand times what a
/// large ordinary message takes.
pub const MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;

const VARINT32_BYTES_MAX: usize = 5;
/// Room that is made at least, as far as a message that has begun is that long.
const RESERVE_BYTES_MIN: usize = 4 * 1024;

/// Splits a byte stream into messages and puts lengths before them.
#[derive(Debug, Clone, Copy)]
pub struct Delimited {
    message_bytes_max: usize,
}

impl Delimited {
    pub fn new(message_bytes_max: usize) -> Self {
        Self { message_bytes_max }
    }
}

impl Default for Delimited {
    fn default() -> Self {
        Self::new(MESSAGE_BYTES_MAX)
    }
}

impl Decoder for Delimited {
    type Item = Bytes;
    type Error = FramingError;

    fn decode(&mut self, src: &mut BytesMut) -> Result<Option<Bytes>, FramingError> {
        let Some((length, prefix_bytes)) = parse_length(src)? else { return Ok(None) };
        let max = self.message_bytes_max;
        let Some(body_bytes) = usize::try_from(length).ok().filter(|bytes| *bytes <= max) else {
            return Err(WireError::TooLong { length, max }.into());
        };
        if src.len() < prefix_bytes + body_bytes {
            // As much as has come: what is only announced takes no room.
            let missing = prefix_bytes + body_bytes - src.len();
            src.reserve(missing.min(src.len().max(RESERVE_BYTES_MIN)));
            return Ok(None);
        }
        src.advance(prefix_bytes);
        Ok(Some(src.split_to(body_bytes).freeze()))
    }
}

impl<M: prost::Message> Encoder<&M> for Delimited {
    type Error = FramingError;

    fn encode(&mut self, message: &M, dst: &mut BytesMut) -> Result<(), FramingError> {
        append(message, dst);
        Ok(())
    }
}

/// A message in delimited form, as one buffer: several clients of the original
/// read a body with a single `recv`, so length and body are sent together.
pub fn delimited<M: prost::Message>(message: &M) -> Bytes {
    let mut buffer = BytesMut::new();
    append(message, &mut buffer);
    buffer.freeze()
}

/// Appends a message that is encoded already, with its length right before it.
pub fn put_body(body: Bytes, buffer: &mut BytesMut) {
    put_length(body.len(), buffer);
    buffer.put(body);
}

fn append<M: prost::Message>(message: &M, buffer: &mut BytesMut) {
    put_length(message.encoded_len(), buffer);
    message
        .encode(buffer)
        .unwrap_or_else(|error| unreachable!("the buffer grows as needed: {error}"));
}

fn put_length(body_bytes: usize, buffer: &mut BytesMut) {
    buffer.reserve(body_bytes + VARINT32_BYTES_MAX);
    prost::encode_length_delimiter(body_bytes, buffer)
        .unwrap_or_else(|error| unreachable!("the buffer grows as needed: {error}"));
}

/// The length and the bytes that it took, once it is whole.
fn parse_length(src: &[u8]) -> Result<Option<(u64, usize)>, WireError> {
    let mut length = 0_u64;
    for (index, byte) in src.iter().take(VARINT32_BYTES_MAX).enumerate() {
        length |= u64::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Ok(Some((length, index + 1)));
        }
    }
    if src.len() >= VARINT32_BYTES_MAX { Err(WireError::BadLength) } else { Ok(None) }
}

/// Why a stream of frames ended.
#[derive(Debug, thiserror::Error)]
pub enum FramingError {
    #[error(transparent)]
    Wire(#[from] WireError),
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::proto::amazon::AConnected;

    fn message() -> AConnected {
        AConnected { worldid: 7, result: "x".repeat(300) }
    }

    #[test]
    fn bytes_one_at_a_time_make_the_same_frames() {
        let mut sent = BytesMut::new();
        let mut codec = Delimited::default();
        for _ in 0..3 {
            codec.encode(&message(), &mut sent).unwrap();
        }
        sent.extend_from_slice(&[0]);
        let (mut received, mut frames) = (BytesMut::new(), Vec::new());
        for byte in sent {
            received.extend_from_slice(&[byte]);
            while let Some(frame) = codec.decode(&mut received).unwrap() {
                frames.push(frame);
            }
        }
        assert_eq!(frames.len(), 4);
        assert!(frames[3].is_empty(), "a heartbeat");
        let decoded: AConnected = prost::Message::decode(frames[2].clone()).unwrap();
        assert_eq!(decoded, message());
    }

    #[test]
    fn a_length_alone_takes_no_room() {
        let mut codec = Delimited::default();
        // 8 MiB.
        let mut bytes = BytesMut::from(&[0x80, 0x80, 0x80, 0x04][..]);
        assert!(codec.decode(&mut bytes).unwrap().is_none());
        assert!(bytes.capacity() < 3 * RESERVE_BYTES_MIN, "{}", bytes.capacity());
        for _ in 0..100 {
            bytes.extend_from_slice(&[7; 1_000]);
            assert!(codec.decode(&mut bytes).unwrap().is_none());
            let enough = 4 * bytes.len() + 2 * RESERVE_BYTES_MIN;
            assert!(bytes.capacity() < enough, "{} for {}", bytes.capacity(), bytes.len());
        }
    }

    #[test]
    fn a_length_past_the_limit_is_refused_before_its_body_comes() {
        let mut bytes = BytesMut::from(&[0xff, 0xff, 0xff, 0xff, 0x0f][..]);
        let error = Delimited::default().decode(&mut bytes).unwrap_err();
        assert!(matches!(error, FramingError::Wire(WireError::TooLong { .. })), "{error}");
        let mut endless = BytesMut::from(&[0x80; 6][..]);
        let error = Delimited::default().decode(&mut endless).unwrap_err();
        assert!(matches!(error, FramingError::Wire(WireError::BadLength)), "{error}");
    }
}
